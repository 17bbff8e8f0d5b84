import { errors } from 'undici';
import { EgressError, type EgressProblem } from './egress.ts';

/** What is said about a code of Node, OpenSSL or undici. The first that fits counts. */
const sentences: readonly [pattern: RegExp, kind: EgressProblem, sentence: (host: string) => string][] = [
  [/^(?:ENOTFOUND$|ENODATA$|EAI_)/, 'unreachable', (host) => `the name ${host} cannot be resolved`],
  [
    /^(?:ERR_TLS|ERR_SSL|EPROTO$)|CERT|SIGNATURE|HOSTNAME_MISMATCH/,
    'unreachable',
    (host) => `no secure connection to ${host}`,
  ],
  [/TIMEOUT|^ETIMEDOUT$/, 'timeout', (host) => `no answer from ${host} in time`],
  [
    /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED|REQ_CONTENT_LENGTH_MISMATCH)$/,
    'refused',
    (host) => `the request to ${host} is malformed`,
  ],
  [
    /^HTTP_PARSER$|^UND_ERR_HEADERS_OVERFLOW$/,
    'unreachable',
    (host) => `${host} answers with something that is no HTTP`,
  ],
  [/^/, 'unreachable', (host) => `no answer from ${host}`],
];

/**
 * What became of a request, by the code of the error alone: its message, cause and properties may hold the URL, a header
 * or what the other side wrote.
 */
export function failureOf(error: unknown, host: string): EgressError {
  if (error instanceof EgressError) return error;
  const code = codeOf(error);
  const [, kind = 'unreachable', sentence = String] = sentences.find(([pattern]) => pattern.test(code)) ?? [];
  return new EgressError(kind, code === '' ? sentence(host) : `${sentence(host)} (${code})`);
}

/** The code of an error where it is the constant that it should be; else nothing. */
export function codeOf(error: unknown): string {
  // Some of these have a code of their own, some have none.
  if (error instanceof errors.HTTPParserError) return 'HTTP_PARSER';
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z][\dA-Z_]{1,60}$/.test(code) ? code : '';
}
