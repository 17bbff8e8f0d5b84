import { cut } from '../cut.ts';
import { limits } from '../limits.ts';

/** A parameter that cannot be accepted: which, what was wrong, what is allowed. */
export interface Problem {
  readonly field: string;
  readonly problem: string;
}

/** Takes one problem; a reader that reports one returns undefined or a harmless default. */
export type Report = (field: string, problem: string) => void;

/** More than this helps nobody; the rest is counted. */
const problemsShown = 20;
const quotedShown = 60;

/** The length of a text as the API server counts it. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** Somebody else's text inside a sentence of ours: short, in quotes, nothing invisible left in it. */
export function quote(text: string): string {
  const visible = JSON.stringify(cut(text, quotedShown));
  return visible.replaceAll(
    /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u007f-\u009f]/gu,
    (character) => {
      const code = character.codePointAt(0) ?? 0;
      return String.raw`\u${code.toString(16).padStart(4, '0')}`;
    },
  );
}

const jsonKinds: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
]);

/** What a value is, in the words of somebody who writes YAML. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return jsonKinds.get(typeof value) ?? 'an object';
}

/** Whether a value is a JSON object, whose own keys may then be read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One message that names every problem, for the run's condition. */
export function renderProblems(problems: readonly Problem[]): string {
  const shown = problems.slice(0, problemsShown).map(({ field, problem }) => `${field}: ${problem}`);
  const rest = problems.length - shown.length;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  const text = [...shown, ...more].join('; ');
  return cut(`Nobody was asked, because parameters are wrong: ${text}.`, limits.message);
}
