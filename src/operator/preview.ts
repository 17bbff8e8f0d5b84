import { parseArgs } from 'node:util';
import { createTransport } from 'nodemailer';
import { loadConfig, type Config } from '../config.ts';
import { composeMail, type ComposedMail, type Letterhead } from '../notify/mail/composition.ts';
import { readMailbox } from '../notify/mail/mailbox.ts';
import { builtInParts, type MailParts } from '../notify/mail/parts.ts';
import { samples } from '../notify/mail/samples.ts';
import { isLanguage, mailedKinds, type MailedKind } from '../notify/mail/templatename.ts';
import type { Message } from '../notify/message.ts';
import { readTemplates } from './templatefolder.ts';

const previewUsage = `Usage: tekton-approvals mail preview KIND [OPTIONS]

Shows a mail with sample data, as the templates in force make it. It needs no cluster, no mail server, and sends nothing.
All templates are tried, also those that are not shown.

  KIND                ${mailedKinds.join(', ')}
  --text              subject and text part; without another option this is shown
  --html              the HTML part, to be opened in a browser
  --eml               the whole message, to be opened in a mail program
  --language LANGUAGE instead of the setting mail.language
  --templates FOLDER  instead of the setting mail.templatesDirectory; empty for mails as they are shipped
  --help              show this text

Exit codes: 0 shown, 1 a template is wrong, 2 wrong arguments or settings.
`;

/** What a command comes to: what goes to standard output, or sentences for standard error. */
export type Printed =
  | { readonly code: 0; readonly text: string }
  | { readonly code: 1 | 2; readonly problems: readonly string[] };

interface Asked {
  readonly kind: MailedKind;
  readonly form: 'text' | 'html' | 'eml';
  readonly language: string | undefined;
  readonly templates: string | undefined;
}

/** `tekton-approvals mail ARGUMENTS`. */
export async function runMailCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Printed> {
  const asked = readArguments(args);
  if (asked === 'help') return { code: 0, text: previewUsage };
  if (typeof asked === 'string') {
    return { code: 2, problems: [`${asked}. tekton-approvals mail preview --help shows what there is.`] };
  }
  const configured = loadConfig(environment);
  if (!configured.ok) {
    const problems = configured.problems.map(({ setting, problem }) => `${setting} ${problem}`);
    return { code: 2, problems };
  }
  return preview(asked, configured.config.mail);
}

/** What is asked for; `help`; or a sentence where the arguments are wrong. */
function readArguments(args: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        text: { type: 'boolean' },
        html: { type: 'boolean' },
        eml: { type: 'boolean' },
        language: { type: 'string' },
        templates: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return 'help';
    const [command, word, ...more] = positionals;
    const kind = mailedKinds.find((one) => one === word);
    const forms = (['text', 'html', 'eml'] as const).filter((form) => values[form] === true);
    if (command !== 'preview') return 'The command is mail preview KIND';
    if (kind === undefined) return `KIND is one of ${mailedKinds.join(', ')}`;
    if (more.length > 0) return 'Only one KIND can be shown';
    if (forms.length > 1) return 'Only one of --text, --html and --eml can be shown';
    return asLanguageAllows({
      kind,
      form: forms[0] ?? 'text',
      language: values.language,
      templates: values.templates,
    });
  } catch (error) {
    // What Node adds behind the first sentence is advice on how to write positional arguments.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\.(?:\s|$)/);
    return sentence;
  }
}

/** As the setting in whose place it stands: with another spelling no template would ever be found. */
function asLanguageAllows(asked: Asked): Asked | string {
  const { language } = asked;
  if (language === undefined || isLanguage(language)) return asked;
  return '--language must be a language such as en, de or pt-BR';
}

async function preview(asked: Asked, mail: Config['mail']): Promise<Printed> {
  const directory = asked.templates ?? mail.templatesDirectory;
  const found = directory === '' ? undefined : readTemplates(directory);
  if (found?.ok === false) return { code: 1, problems: found.problems };
  const language = asked.language ?? mail.language;
  const render = (message: Message): MailParts =>
    found === undefined ? builtInParts(message) : found.templates.render(message, language).parts;
  const composed = composedSample(asked.kind, mail, render);
  const { subject, text, html } = composed;
  if (asked.form === 'html') return { code: 0, text: html };
  if (asked.form === 'text') return { code: 0, text: `Subject: ${subject}\n\n${text}` };
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail(composed);
  if (!Buffer.isBuffer(message)) throw new Error('the message was not made');
  return { code: 0, text: message.toString('utf8') };
}

/** As the mail to Ann, who is asked first; all but the request itself are later mails of its thread. */
function composedSample(
  kind: MailedKind,
  mail: Config['mail'],
  render: NonNullable<Letterhead['render']>,
): ComposedMail {
  const sample = samples.find((one) => one.kind === kind);
  if (sample === undefined) throw new Error(`there is no sample of ${kind}`);
  const from = readMailbox(mail.from) ?? { name: '', address: 'approvals@example.com' };
  const replyTo = readMailbox(mail.replyTo);
  const to = { id: `sample-${kind}`, threadId: 'sample-requested', address: 'ann@example.com' };
  return composeMail(sample.message, to, { from, render, ...(replyTo && { replyTo }) });
}
