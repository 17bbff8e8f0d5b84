import { loadAll, YAMLException } from 'js-yaml';

export type ReadYaml =
  | { readonly ok: true; readonly value: unknown }
  /** To be read after the name of the file; it repeats nothing of what stands there. */
  | { readonly ok: false; readonly problem: string };

/** The one document of a text. Undefined where there is none, which is so where every line is a comment. */
export function readYaml(text: string): ReadYaml {
  try {
    const documents = loadAll(text);
    if (documents.length < 2) return { ok: true, value: documents[0] };
    return { ok: false, problem: 'is more than one YAML document: leave out the line --- between them' };
  } catch (error) {
    if (!(error instanceof YAMLException)) return { ok: false, problem: 'is not YAML' };
    const line = error.mark === undefined ? '' : ` in line ${String(error.mark.line + 1)}`;
    return { ok: false, problem: `is not YAML: ${spoken(error.reason)}${line}` };
  }
}

/** The message shows a piece of the file, which may hold secrets, and some reasons end with a name that stands in it. */
function spoken(reason: string): string {
  const [words = ''] = reason.split(/["<:]/u);
  return words.trim();
}
