import * as z from 'zod';
import { endpointAddress } from '../api/webaddress.ts';
import { readMailbox } from '../notify/mail/mailbox.ts';
import { isLanguage } from '../notify/mail/templatename.ts';

/** How the value of one setting is read: typed as YAML has it, or as text, which is all that the environment has. */
type Reader<T> = (value: unknown) => T | undefined;
export type Value<T> = z.ZodPipe<z.ZodUnknown, z.ZodTransform<T>>;

/** A value that `read` understands. Anything else is answered with what is allowed, and never repeated: it may be secret. */
function value<T>(allowed: string, read: Reader<T>): Value<T> {
  return z.unknown().transform((given, context) => {
    const found = read(given);
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: `must be ${allowed}` });
    return z.NEVER;
  });
}

const asText: Reader<string> = (given) => (typeof given === 'string' ? given : undefined);

/** A whole number from `least` to `most`. In text only its digits: no sign, blank, fraction or exponent. */
export function wholeNumber(least: number, most: number): Value<number> {
  return value(`a whole number from ${String(least)} to ${String(most)}`, (given) => {
    const number = typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
    if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
    return number >= least && number <= most ? number : undefined;
  });
}

/** Above this Node's timers fire at once; a link that lives longer is not wanted either. */
export const longestMs = 7 * 86_400_000;
export const milliseconds: Value<number> = wholeNumber(1, longestMs);
export const count: Value<number> = wholeNumber(1, 1_000_000);

export const flag: Value<boolean> = value('true or false', (given) => {
  if (typeof given === 'boolean') return given;
  return given === 'true' || given === 'false' ? given === 'true' : undefined;
});

/** Any text, the empty one included. */
export const text: Value<string> = value('text; in a YAML file, put it in quotes', asText);

/** Text that is there: the name of something, an address to listen on. */
export const nonEmptyText: Value<string> = value(
  'text that is not empty; in a YAML file, put it in quotes',
  (given) => (given === '' ? undefined : asText(given)),
);

/** One of these words, as they are spelled here. */
export function oneOf<T extends string>(words: readonly T[]): Value<T> {
  return value(`one of ${words.join(', ')}`, (given) => words.find((word) => word === given));
}

const asList: Reader<string[]> = (given) => {
  if (Array.isArray(given)) return given.every((item) => typeof item === 'string') ? given : undefined;
  return asText(given)
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
};

/** A YAML list of text, or one text with commas. */
export const list: Value<string[]> = value('a list: in YAML one of text, else text with commas', asList);

/** A list of at least one of these words. */
export function someOf<T extends string>(words: readonly T[]): Value<T[]> {
  return value(`a list of at least one of ${words.join(', ')}`, (given) => {
    const items = asList(given) ?? [];
    const found = words.filter((word) => items.includes(word));
    return found.length > 0 && items.every((item) => found.some((word) => word === item)) ? found : undefined;
  });
}

/** Parts of a whole, each between 0 and 1: a YAML list of numbers, or one text with commas. */
export const parts: Value<number[]> = value(
  'a list of numbers between 0 and 1: in YAML one of numbers, else text with commas',
  (given) => {
    const items: unknown[] = Array.isArray(given) ? given : (asList(given) ?? [Number.NaN]);
    const numbers = items.map((item) => (typeof item === 'string' && item !== '' ? Number(item) : item));
    return numbers.every((number): number is number => typeof number === 'number' && number > 0 && number < 1)
      ? numbers
      : undefined;
  },
);

/** One e-mail address, perhaps with a name before it, or nothing. */
export const mailboxOrNothing: Value<string> = value(
  'one e-mail address such as approvals@example.com or Approvals <approvals@example.com>',
  (given) =>
    typeof given === 'string' && (given === '' || readMailbox(given) !== undefined) ? given : undefined,
);

/** Where tokens are got, or nothing. Whether plain http is let out is for the egress to say. */
export const tokenAddress: Value<string> = value(
  'an address such as https://login.example.com/oauth2/token, without user name or fragment',
  (given) => {
    if (given === '') return given;
    return typeof given === 'string' ? endpointAddress(given) : undefined;
  },
);

/** A language as the files of templates are named: en, de, pt-BR. */
export const languageTag: Value<string> = value('a language such as en, de or pt-BR', (given) =>
  typeof given === 'string' && isLanguage(given) ? given : undefined,
);

/**
 * An http or https address with nothing but host, port and path, for a link is this text with its own path behind it.
 * As browsers write it, without slashes at its end.
 */
export const baseAddress: Value<string> = value(
  'an address such as https://approvals.example.com, without user name, query or fragment',
  (given) => {
    const url = typeof given === 'string' ? URL.parse(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
    if (url.username !== '' || url.password !== '' || /[?#]/.test(url.href)) return undefined;
    return url.href.replace(/\/+$/, '');
  },
);
