import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Logger } from 'pino';
import type { MailParts } from '../notify/mail/parts.ts';
import { checkTemplates, type MailTemplates, type TemplateFile } from '../notify/mail/templates.ts';
import type { Message } from '../notify/message.ts';
import { fromFile } from './settingfile.ts';

/** How often the folder is looked at: mounted ConfigMaps change within a minute anyway. */
const lookMs = 10_000;
/** What a ConfigMap can hold. More is some other folder. */
const largest = 1_048_576;
const mostFiles = 200;

export interface TemplateFolderOptions {
  readonly directory: string;
  readonly language: string;
  readonly log: Logger;
}

/** What a look at the folder found: templates, or what is wrong with them, a sentence for each. */
export type FoundTemplates = ReturnType<typeof checkTemplates>;

/** What stands in a folder, or why that cannot be told. */
type Read = { readonly files: readonly TemplateFile[] } | { readonly problem: string };

/** Reads and tries every template of a folder. */
export function readTemplates(directory: string): FoundTemplates {
  return tried(readFolder(directory));
}

function readFolder(directory: string): Read {
  try {
    return { files: fromFile(directory, filesOf) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function tried(read: Read): FoundTemplates {
  return 'files' in read ? checkTemplates(read.files) : { ok: false, problems: [read.problem] };
}

/**
 * The templates of a mounted folder, read again when it changes. Wrong at the start: an error that names every file.
 * Wrong later: told, and the last good ones stay in force.
 */
export class TemplateFolder {
  readonly #options: TemplateFolderOptions;
  readonly #timer: NodeJS.Timeout;
  #templates: MailTemplates;
  /** What was found last, to see a difference. */
  #seen: string;
  readonly #told = new Set<string>();

  constructor(options: TemplateFolderOptions) {
    this.#options = options;
    const read = readFolder(options.directory);
    this.#seen = JSON.stringify(read);
    const found = tried(read);
    if (!found.ok) throw new Error(found.problems.join('\n'));
    this.#templates = found.templates;
    this.#tellSilence();
    this.#timer = setInterval(() => this.look(), lookMs);
    this.#timer.unref();
  }

  /** Looks whether the folder changed. */
  look(): void {
    const { directory, log } = this.#options;
    const read = readFolder(directory);
    const seen = JSON.stringify(read);
    if (seen === this.#seen) return;
    this.#seen = seen;
    const found = tried(read);
    if (!found.ok) {
      log.error({ problems: found.problems, lastGoodKept: true }, 'templates of mails');
      return;
    }
    this.#templates = found.templates;
    this.#told.clear();
    log.info('templates of mails in force');
    this.#tellSilence();
  }

  /** No mistake, for the folder may be filled later; but nobody who wrote templates means it so. */
  #tellSilence(): void {
    const { log, language } = this.#options;
    if (this.#templates.speaks(language)) return;
    log.warn(
      { language },
      'templates of mails: none is in the language of mail.language, so mails go out as they are shipped',
    );
  }

  /** A mail in the words of the install. A template that fails is told once. */
  render(message: Message): MailParts {
    const { parts, problems } = this.#templates.render(message, this.#options.language);
    for (const problem of problems) {
      if (this.#told.has(problem)) continue;
      this.#told.add(problem);
      this.#options.log.error({ problem }, 'a mail went out as it is shipped: its template failed');
    }
    return parts;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Only what is named as a template: kubelet's own entries begin with a dot. Throws where it is no such folder. */
function filesOf(directory: string): TemplateFile[] {
  const names = readdirSync(directory)
    .filter((name) => name.endsWith('.liquid') && !name.startsWith('.'))
    .toSorted();
  if (names.length > mostFiles)
    throw new Error(`${directory} holds more than ${String(mostFiles)} templates`);
  const paths = names.map((name) => path.join(directory, name));
  const size = paths.reduce((sum, file) => sum + statSync(file).size, 0);
  if (size > largest) throw new Error(`the templates in ${directory} are larger than 1 MiB`);
  return names.map((name, index) => ({ name, text: readFileSync(paths[index] ?? '', 'utf8') }));
}
