import type { Mail } from './smtp-server.ts';

/** The personal link that a mail carries. Throws where there is none. */
export function linkIn(mail: Mail): string {
  const link = /https?:\/\/\S+\/l\/\S+/.exec(mail.parsed.text ?? '')?.[0];
  if (link === undefined) throw new Error('the mail carries no link');
  return link;
}
