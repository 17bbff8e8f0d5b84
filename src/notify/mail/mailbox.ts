import { isAddress, isReadable } from '../../api/parameters/entry.ts';

/** An e-mail address and the name shown before it; without one the name is empty. */
export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

const longestName = 64;

/**
 * Reads a sender as people write it: `a@example.com`, `Approvals <a@example.com>`, or with the name in quotes. Undefined
 * for anything else: several addresses, comments and escaped quotes are read differently by different programs.
 */
export function readMailbox(text: string): Mailbox | undefined {
  if (isAddress(text)) return { name: '', address: text };
  const [, quoted, bare = '', address = ''] =
    /^(?:"([^"\\<>]*)"|([^"\\<>()@,;:]*)) *<([^<>]*)>$/u.exec(text) ?? [];
  const name = quoted ?? bare.trim();
  const isName = name === '' || (isReadable(name) && Array.from(name).length <= longestName);
  return isName && isAddress(address) ? { name, address } : undefined;
}
