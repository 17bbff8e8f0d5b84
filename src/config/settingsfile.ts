import { readYaml } from '../identity/yaml.ts';
import type { ConfigProblem } from './setting.ts';

/** Settings by name, as YAML has them; sections are settings of their own. */
export type Settings = Record<string, unknown>;
export type ParsedFile = { ok: true; settings: Settings } | { ok: false; problems: ConfigProblem[] };

/** Reads the text of a settings file; without one there are no settings. */
export function parseFile(content: string | undefined): ParsedFile {
  if (content === undefined) return { ok: true, settings: {} };
  const wrong = (problem: string): ParsedFile => ({
    ok: false,
    problems: [{ setting: 'settings file', problem }],
  });
  const read = readYaml(content);
  if (!read.ok) return wrong(read.problem);
  const settings = read.value ?? {};
  return isMapping(settings)
    ? { ok: true, settings: valued(settings) }
    : wrong('must be a YAML mapping of settings');
}

/** Whether a value is a section. */
export function isMapping(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy without what has no value: `mail:` with every line below it commented out is no mistake. */
function valued(settings: Settings): Settings {
  const entries = Object.entries(settings).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, isMapping(value) ? valued(value) : value]));
}
