import type { Mail } from './smtp-server.ts';

/** The personal link that a mail carries. Throws where there is none. */
export function linkIn(mail: Mail): string {
  const link = found(mail);
  if (link === undefined) throw new Error('the mail carries no link');
  return link;
}

/** Whether a mail asks for an answer: one that only tells something carries no personal link. */
export function asksForAnswer(mail: Mail): boolean {
  return found(mail) !== undefined;
}

/** Whether a mail is about that run, and not about one whose name only contains it. */
export function isAbout({ parsed }: Mail, run: string): boolean {
  return (parsed.subject ?? '').includes(` ${run} (`);
}

function found(mail: Mail): string | undefined {
  return /https?:\/\/\S+\/l\/\S+/.exec(mail.parsed.text ?? '')?.[0];
}
