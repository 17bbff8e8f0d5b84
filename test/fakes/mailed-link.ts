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

function found(mail: Mail): string | undefined {
  return /https?:\/\/\S+\/l\/\S+/.exec(mail.parsed.text ?? '')?.[0];
}
