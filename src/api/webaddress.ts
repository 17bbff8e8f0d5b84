import { limits } from './limits.ts';

/**
 * The address that a text is, if it is one of http or https and nothing else: as browsers spell it, with a host in ASCII, so
 * that letters of other scripts cannot pass for a known name. Without a user name, which can be made to look like a host.
 */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\p{C}]+$/iu.test(text) || text.length > limits.contextValue) return undefined;
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? undefined : url.href;
}
