/** Kinds of messages that are mailed. */
export const mailedKinds = [
  'requested',
  'secondStepRequested',
  'reminder',
  'decided',
  'timedOut',
  'cancelled',
] as const;
export type MailedKind = (typeof mailedKinds)[number];

/** Parts of a mail, as the files of templates name them. */
export const templateParts = ['subject', 'txt', 'html'] as const;
export type TemplatePart = (typeof templateParts)[number];

/** For what a template stands: `default` takes the place of every kind that has none of its own. */
export interface TemplateName {
  readonly kind: MailedKind | 'default';
  readonly language: string;
  readonly part: TemplatePart;
}

const kinds = [...mailedKinds, 'default'] as const;
const form = /^([A-Za-z]+)\.([A-Za-z0-9-]+)\.(subject|txt|html)\.liquid$/u;

/** Whether a text is a language as files are named for it: en, de, pt-BR. */
export function isLanguage(text: string): boolean {
  return /^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/u.test(text);
}

/** Reads the name of a template's file, KIND.LANGUAGE.PART.liquid. Undefined where it is none. */
export function readTemplateName(file: string): TemplateName | undefined {
  const [, word, language = '', last] = form.exec(file) ?? [];
  const kind = kinds.find((one) => one === word);
  const part = templateParts.find((one) => one === last);
  if (kind === undefined || part === undefined || !isLanguage(language)) return undefined;
  return { kind, language, part };
}

/** Whether a file is a piece that templates share. */
export function isShared(file: string): boolean {
  return /^_[A-Za-z0-9-]+\.liquid$/u.test(file);
}

/** The name of the file for this part. */
export function fileOf({ kind, language, part }: TemplateName): string {
  return `${kind}.${language}.${part}.liquid`;
}
