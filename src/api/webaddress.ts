import { limits } from './limits.ts';

/**
 * The address that a text is, if it is one of http or https and nothing else: as browsers spell it, with a host in ASCII, so
 * that letters of other scripts cannot pass for a known name. Without a user name, which can be made to look like a host.
 */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\/[^\s\p{C}]+$/iu.test(text) || text.length > limits.contextValue) return undefined;
  return withoutUser(text)?.href;
}

/**
 * Where requests go: an address of http or https as browsers spell it, without user name, which belongs in a header, and
 * without fragment, which is never sent. Undefined for anything else.
 */
export function endpointAddress(text: string): string | undefined {
  const url = withoutUser(text);
  return url === undefined || !/^https?:$/u.test(url.protocol) || url.hash !== '' ? undefined : url.href;
}

function withoutUser(text: string): URL | undefined {
  const url = URL.parse(text);
  return url === null || url.username !== '' || url.password !== '' ? undefined : url;
}
