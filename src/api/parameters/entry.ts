import { limits } from '../limits.ts';
import { isJsonShaped } from './substitution.ts';
import { lengthOf, quote } from './problem.ts';

/** RFC 5321 4.5.3.1: the longest local part and the longest address. */
const addressLimits = { local: 64, whole: 254 } as const;

/** RFC 5322 dot-atom. No quoted local part, comment, group or display name: parsers disagree about those. */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domain =
  /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/**
 * Control, invisible and direction-changing characters, halves of a surrogate pair, and every white space but a plain
 * blank between two words: directories have groups such as "Domain Admins".
 */
const unreadable = /^ | $| {2}|[^\S ]|[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u;

/** Whether an entry of a list is an e-mail address: every entry with an at-sign is meant to be one. */
export function isAddress(entry: string): boolean {
  const parts = entry.split('@');
  const [local = '', host = ''] = parts;
  return (
    parts.length === 2 &&
    entry.length <= addressLimits.whole &&
    local.length <= addressLimits.local &&
    localPart.test(local) &&
    domain.test(host)
  );
}

/** Whether a name can be read as it stands: no outer or double blank, no control or invisible character in it. */
export function isReadable(name: string): boolean {
  return name !== '' && !unreadable.test(name);
}

/** What is wrong with one entry of approvers or groups, as a sentence without its subject; undefined: nothing. */
export function entryProblem(entry: string): string | undefined {
  if (entry.trim() === '') return 'is empty';
  const shown = quote(entry);
  if (lengthOf(entry) > limits.entry) return `${shown} is longer than ${limits.entry} characters`;
  if (entry.includes('$(')) return `${shown} holds a reference that was not resolved`;
  if (isJsonShaped(entry)) return `${shown} is a list inside a list`;
  if (unreadable.test(entry))
    return `${shown} has an outer or double blank, or a control or invisible character in it`;
  if (entry.includes('@') && !isAddress(entry)) {
    return `${shown} is not a plain e-mail address such as jane@example.com (one at-sign, no quotes, no comments)`;
  }
  return undefined;
}
