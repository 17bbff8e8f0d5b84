import { apiVersion, approvalTaskKind, group } from '../api/names.ts';
import type { StoredTask } from './request.ts';
import { visibleJson } from './visible.ts';

/** For programs, not for people. */
export type Format = 'json' | 'yaml' | 'name';

/** Requests as a document that a program reads: one as it is, several as a List. */
export async function documentOf(format: Format, tasks: readonly StoredTask[]): Promise<string> {
  const list = { apiVersion: 'v1', kind: 'List', items: tasks.map(whole), metadata: { resourceVersion: '' } };
  return format === 'name' ? tasks.map(nameOf).join('') : written(format, list);
}

/** One request, as one of many documents that follow one another. */
export async function entryOf(format: Format, task: StoredTask): Promise<string> {
  if (format === 'name') return nameOf(task);
  return format === 'yaml' ? `---\n${await written(format, whole(task))}` : written(format, whole(task));
}

async function written(format: 'json' | 'yaml', value: object): Promise<string> {
  if (format === 'json') return `${visibleJson(value)}\n`;
  const { dump } = await import('js-yaml');
  return dump(value, { noRefs: true, lineWidth: -1 });
}

function nameOf({ metadata }: StoredTask): string {
  return `approvaltask.${group}/${metadata.name}\n`;
}

/** As stored, without the bookkeeping of field managers, which kubectl hides as well. */
function whole(task: StoredTask): object {
  const metadata: Record<string, unknown> = { ...task.metadata };
  delete metadata['managedFields'];
  return { ...task, apiVersion, kind: approvalTaskKind, metadata };
}
