import { didYouMean } from './hint.ts';
import { isRecord, kindOf, quote, type Report } from './problem.ts';
import { newRoom, substitute, type ParamValues } from './substitution.ts';

/** Every parameter of an ApprovalTask, spelt as documented. */
export const fieldNames = [
  'pipeline',
  'description',
  'approvers',
  'groups',
  'strategy',
  'notifyOnSlack',
  'notifyOnTeams',
  'onReject',
  'commentRequired',
  'timeout',
  'context',
] as const;
export type FieldName = (typeof fieldNames)[number];

/** The fields whose text may be a list or an object written as JSON. */
const jsonFields: ReadonlySet<FieldName> = new Set(['approvers', 'groups', 'context']);

const unknown = `is not a parameter of an ApprovalTask (${fieldNames.join(', ')})`;

/** What was given for each field, not yet judged. Undefined: given without a value, and reported. */
export type Fields = ReadonlyMap<FieldName, unknown>;

const byLowerCase: ReadonlyMap<string, FieldName> = new Map(
  fieldNames.map((name) => [name.toLowerCase(), name]),
);

interface Entry {
  readonly name: string;
  readonly value: unknown;
}

/**
 * Collects the fields of a run from `spec.params` and from an embedded `spec.customSpec.spec`, whose references to
 * params are resolved here because Tekton leaves them alone (it substitutes only pipelineTask.params). Unknown names,
 * names given twice and names given in both places are reported.
 */
export function collectFields(spec: Record<string, unknown>, report: Report): Fields {
  const params = readParams(spec['params'], report);
  const embedded = readEmbedded(spec['customSpec'], report);
  const values: ParamValues = new Map(params.map(({ name, value }) => [name, value]));
  const used = new Set<string>();
  const room = newRoom();
  const fields = new Map<FieldName, unknown>();
  for (const { name, value } of nameEach(embedded, 'taskSpec.spec', { report })) {
    const json = jsonFields.has(name);
    const tell = (problem: string): void => report(name, problem);
    fields.set(name, substitute(value, { values, used, json, room, report: tell }));
  }
  for (const { name, value } of nameEach(params, 'the parameters', { report, used })) {
    if (fields.has(name)) {
      report(name, 'is given both as a parameter and in taskSpec.spec; give it in one place');
    }
    fields.set(name, value);
  }
  return fields;
}

function readParams(given: unknown, report: Report): Entry[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) {
    report('params', `must be a list of names and values, not ${kindOf(given)}`);
    return [];
  }
  return given.flatMap((param: unknown, index) => {
    const name = isRecord(param) ? param['name'] : undefined;
    if (isRecord(param) && typeof name === 'string') return [{ name, value: param['value'] }];
    report(`params[${index}]`, 'has no name');
    return [];
  });
}

function readEmbedded(customSpec: unknown, report: Report): Entry[] {
  const spec = isRecord(customSpec) ? customSpec['spec'] : undefined;
  if (spec === undefined || spec === null) return [];
  if (isRecord(spec)) return Object.entries(spec).map(([name, value]) => ({ name, value }));
  report('taskSpec.spec', `must be an object, not ${kindOf(spec)}`);
  return [];
}

/** Gives each entry the documented spelling of its name; reports and leaves out the others. */
function nameEach(
  entries: readonly Entry[],
  place: string,
  { report, used }: { report: Report; used?: ReadonlySet<string> },
): { name: FieldName; value: unknown }[] {
  const seen = new Map<string, string>();
  return entries.flatMap(({ name: spelt, value }) => {
    const plain = spelt.trim().toLowerCase();
    const before = seen.get(plain);
    seen.set(plain, spelt);
    if (before !== undefined) {
      report(spelt.trim(), `is given twice in ${place} (${quote(before)} and ${quote(spelt)})`);
      return [];
    }
    const name = byLowerCase.get(plain);
    if (name === undefined) {
      // A parameter that taskSpec.spec refers to has done its work there.
      if (used?.has(spelt) !== true) report(quote(spelt), `${unknown}${didYouMean(spelt, fieldNames)}`);
      return [];
    }
    const given = value ?? undefined;
    if (given === undefined) report(name, 'has no value; leave it out instead');
    return [{ name, value: given }];
  });
}
