import type { Message } from '../message.ts';
import { plainLine } from '../plaintext.ts';
import { isAsking } from '../wording.ts';
import { escapeHtml, liquidReader, type Parsed, type Reader } from './liquid.ts';
import { builtInParts, type MailParts } from './parts.ts';
import { samples } from './samples.ts';
import {
  fileOf,
  isShared,
  readTemplateName,
  templateParts,
  type TemplateName,
  type TemplatePart,
} from './templatename.ts';

/** A file of the folder of templates. */
export interface TemplateFile {
  readonly name: string;
  readonly text: string;
}

/** Templates that hold for every sample; or what is wrong, a sentence for each file. */
export type CheckedTemplates =
  | { readonly ok: true; readonly templates: MailTemplates }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What became of one mail. */
export interface Rendered {
  readonly parts: MailParts;
  /** Parts for which ours stands, because their template failed; by file, and nothing of what is in the mail. */
  readonly problems: readonly string[];
}

/** Longest subject, in code points. */
const subjectLength = 120;

/** Reads the templates of a folder and tries each with every sample that it is for. */
export function checkTemplates(files: readonly TemplateFile[]): CheckedTemplates {
  const shared = new Map(files.filter(({ name }) => isShared(name)).map(({ name, text }) => [name, text]));
  const readers = new Map(templateParts.map((part) => [part, liquidReader(part, shared)]));
  const parsed = new Map<string, Parsed>();
  const problems: string[] = [];
  for (const file of files) {
    const read = readFile(file, readers);
    if (typeof read === 'string') problems.push(`${file.name}: ${read}`);
    else parsed.set(file.name, read);
  }
  const templates = new MailTemplates(parsed);
  if (problems.length === 0) problems.push(...templates.tried());
  return problems.length === 0 ? { ok: true, templates } : { ok: false, problems };
}

/** The template; a sentence where it is none. */
function readFile({ name, text }: TemplateFile, readers: ReadonlyMap<TemplatePart, Reader>): Parsed | string {
  const part = isShared(name) ? 'html' : readTemplateName(name)?.part;
  const reader = part && readers.get(part);
  if (reader === undefined)
    return 'is no name of a template, such as requested.en.html.liquid, default.en.txt.liquid or _footer.liquid';
  try {
    return reader.parse(text);
  } catch (error) {
    return sentenceOf(error);
  }
}

/** Templates of an install. */
export class MailTemplates {
  readonly #parsed: ReadonlyMap<string, Parsed>;

  constructor(parsed: ReadonlyMap<string, Parsed>) {
    this.#parsed = parsed;
  }

  /** A mail in this language. A part without a template, or whose template fails, is ours: a mail that comes is better. */
  render(message: Message, language: string): Rendered {
    const problems: string[] = [];
    const part = (name: TemplatePart): string | undefined => {
      const found = this.#find(name, message, language);
      const made = found && attempted(found.template, name, message);
      if (found === undefined || made === undefined) return undefined;
      if (made.ok) return made.text;
      problems.push(`${found.file}: failed for a message of the kind ${message.kind}`);
      return undefined;
    };
    const [subject, text, html] = [part('subject'), part('txt'), part('html')];
    const ours = builtInParts(message);
    const parts = {
      text: text ?? ours.text,
      html: html ?? ours.html,
      ...(subject !== undefined && { subject }),
    };
    return { parts, problems };
  }

  /** Whether any of them is for mails in this language. */
  speaks(language: string): boolean {
    return [...this.#parsed.keys()].some((file) => readTemplateName(file)?.language === language);
  }

  /** What goes wrong with the samples: for each file the first of its problems. */
  tried(): readonly string[] {
    return [...this.#parsed].flatMap(([file, template]) => {
      const name = readTemplateName(file);
      if (name === undefined) return [];
      const problem = firstProblem(template, name);
      return problem === undefined ? [] : [`${file}: ${problem}`];
    });
  }

  #find(
    part: TemplatePart,
    { kind }: Message,
    language: string,
  ): { readonly file: string; readonly template: Parsed } | undefined {
    // Answers alone are told to systems and have no mail.
    const kinds = kind === 'responded' ? [] : ([kind, 'default'] as const);
    for (const one of kinds) {
      const file = fileOf({ kind: one, language, part });
      const template = this.#parsed.get(file);
      if (template !== undefined) return { file, template };
    }
    return undefined;
  }
}

type Attempted = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

function attempted(template: Parsed, part: TemplatePart, message: Message): Attempted {
  try {
    const text = template.render(message);
    if (part === 'subject') return nonEmpty(plainLine(text, subjectLength));
    // Whoever is asked must get the link, also where a template leaves out the part that holds it.
    const isLeftOut =
      isAsking(message.kind) && !text.includes(part === 'html' ? escapeHtml(message.link) : message.link);
    return isLeftOut ? { ok: false, why: 'leaves out the link: {{ link }}' } : nonEmpty(text);
  } catch (error) {
    return { ok: false, why: sentenceOf(error) };
  }
}

function nonEmpty(text: string): Attempted {
  return text.trim() === '' ? { ok: false, why: 'renders nothing' } : { ok: true, text };
}

/** Stops at the first: each may take its time to fail. */
function firstProblem(template: Parsed, name: TemplateName): string | undefined {
  for (const { kind, what, message } of samples) {
    if (name.kind !== 'default' && name.kind !== kind) continue;
    const made = attempted(template, name.part, message);
    if (!made.ok) return `${made.why} (with the sample of ${kind}, ${what})`;
  }
  return undefined;
}

/** The library's sentence with line and column, without the lines of the file that it shows below. */
function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = (text.split('\n')[0] ?? '').replace(
    /^ENOENT: Failed to lookup ("[^"]*") in "[^"]*"/u,
    'there is no $1',
  );
  return plainLine(line, 200);
}
