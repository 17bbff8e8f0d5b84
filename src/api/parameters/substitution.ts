import { isRecord, quote } from './problem.ts';

/** The run's own params by their exact names. */
export type ParamValues = ReadonlyMap<string, unknown>;

/** What a substitution reads, and whom it tells. */
export interface Scope {
  readonly values: ParamValues;
  /** Collects the names that were referred to. */
  readonly used: Set<string>;
  /** True where text of this field may be a list or an object written as JSON. */
  readonly json: boolean;
  /** Shared by all fields of a run. */
  readonly room: Room;
  readonly report: (problem: string) => void;
}

/**
 * How much references may still bring into one run: characters of texts, entries of lists. Without it a run of 1 MB of
 * references to a text of 100 KB would become 10 GB.
 */
export interface Room {
  left: number;
}

/** More than all fields together may hold. */
const roomOfRun = 200_000;

export function newRoom(): Room {
  return { left: roomOfRun };
}

/** Everything that a pipeline author might expect to be replaced; only params are. */
const anyReference = /\$\(((?:params|tasks|context|workspaces|finally)[.[][^()]*)\)/g;
const wholeReference = /^\$\(params\.([A-Za-z_][\w-]*)\[\*\]\)$/;
const paramReference = /^params\.([A-Za-z_][\w-]*)(?:\[(\d+)\]|\.([A-Za-z_][\w-]*))?$/;

/**
 * Resolves `$(params.NAME)`, `$(params.NAME[*])`, `$(params.NAME[0])` and `$(params.NAME.key)` in one field of an
 * embedded spec. What a param's value contains is never read as a reference or as JSON punctuation again, so a value
 * cannot add an entry to a list that the author wrote.
 */
export function substitute(value: unknown, scope: Scope): unknown {
  const written = scope.json && typeof value === 'string' ? parseJsonShape(value) : value;
  // Broken JSON stays as written: a value must not complete it. The reader of the list reports it.
  if (scope.json && typeof written === 'string' && isJsonShaped(written)) return written;
  if (Array.isArray(written)) {
    return written.flatMap((item: unknown) => (typeof item === 'string' ? resolveItem(item, scope) : [item]));
  }
  if (isRecord(written)) {
    const pairs = Object.entries(written);
    return Object.fromEntries(
      pairs.map(([key, item]) => [key, typeof item === 'string' ? resolveText(item, scope) : item]),
    );
  }
  return typeof written === 'string' ? resolveWhole(written, scope) : written;
}

/**
 * A list or an object that is written as JSON text, or the text itself. Tekton hands over a list that mixes text and
 * numbers that way (pkg/apis/pipeline/v1/param_types.go).
 */
export function parseJsonShape(text: string): unknown {
  if (!isJsonShaped(text)) return text;
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return text;
  }
}

/** Whether a text has the brackets or braces of a JSON list or object around it. */
export function isJsonShaped(text: string): boolean {
  return /^(?:\[.*\]|\{.*\})$/s.test(text.trim());
}

/** `$(params.NAME[*])` alone stands for the whole list or object. */
function resolveWhole(text: string, scope: Scope): unknown {
  const name = wholeReference.exec(text)?.[1];
  if (name === undefined) return resolveText(text, scope);
  scope.used.add(name);
  const value = scope.values.get(name);
  if (Array.isArray(value) || isRecord(value)) return value;
  scope.report(`${quote(text)} needs a parameter ${name} that is a list or an object`);
  return text;
}

function resolveItem(text: string, scope: Scope): unknown[] {
  const value = resolveWhole(text, scope);
  if (!Array.isArray(value)) return [value];
  return hasRoom(scope, value.length) ? value : [];
}

function resolveText(text: string, scope: Scope): string {
  return text.replaceAll(anyReference, (reference: string, inner: string) => {
    const [, name, index, key] = paramReference.exec(inner) ?? [];
    const value = name === undefined ? undefined : lookUp({ name, index, key }, scope);
    if (value !== undefined) return hasRoom(scope, value.length) ? value : '';
    scope.report(
      `${quote(reference)} cannot be resolved; use $(params.NAME) of a text parameter of this task, $(params.NAME[0]) of a list, $(params.NAME.key) of an object, or $(params.NAME[*]) alone`,
    );
    return reference;
  });
}

/** Takes so much of the room; says once where it is used up. */
function hasRoom({ room, report }: Scope, size: number): boolean {
  const had = room.left;
  room.left = had - size;
  if (had >= 0 && room.left < 0)
    report(`is too much: references may bring at most ${roomOfRun} characters or entries into a task`);
  return room.left >= 0;
}

interface Reference {
  readonly name: string;
  readonly index: string | undefined;
  readonly key: string | undefined;
}

function lookUp({ name, index, key }: Reference, scope: Scope): string | undefined {
  scope.used.add(name);
  const value = scope.values.get(name);
  if (index !== undefined) return Array.isArray(value) ? textOf(value[Number(index)]) : undefined;
  if (key !== undefined) return isRecord(value) && Object.hasOwn(value, key) ? textOf(value[key]) : undefined;
  return textOf(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
