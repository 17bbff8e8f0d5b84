import { taskRuns } from '../builders/resources.ts';
import type { Gate, TaskRunObject } from './gate.ts';

/** Results or params by name. */
export const valuesOf = (pairs: readonly { name: string; value: unknown }[] = []): Record<string, unknown> =>
  Object.fromEntries(pairs.map(({ name, value }) => [name, value]));

/** What Tekton handed to that TaskRun; nothing where there is none. */
export async function arrivedAt(gate: Gate, taskRun: string): Promise<Record<string, unknown>> {
  const found = await gate.read<TaskRunObject>(taskRuns, taskRun);
  return valuesOf(found?.spec.params);
}
