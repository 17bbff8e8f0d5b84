import type { Message } from '../message.ts';
import { renderText } from './text.ts';
import { renderHtml } from './view.tsx';

/** What a mail consists of. */
export interface MailParts {
  /** Absent: the one that keeps threads together. On one line. */
  readonly subject?: string;
  readonly text: string;
  readonly html: string;
}

/** The mail as we write it. */
export function builtInParts(message: Message): MailParts {
  return { text: renderText(message), html: renderHtml(message) };
}
