import * as z from 'zod';
import { channelKinds, type ChannelKind } from '../api/channels.ts';
import { loopback, named, type Check } from './setting.ts';
import {
  count,
  languageTag,
  list,
  mailboxOrNothing,
  milliseconds,
  oneOf,
  someOf,
  text,
  tokenAddress,
  wholeNumber,
} from './value.ts';

/** Each answer is told to systems alone. */
const personKinds = channelKinds.filter(
  (kind): kind is Exclude<ChannelKind, 'responded'> => kind !== 'responded',
);

/** Settings of mail. Where a file is given in place of a value, it is read again when it changes. */
export const mailSection = z
  .strictObject({
    /** Empty: no mail is sent. */
    host: text.default(''),
    port: wholeNumber(1, 65_535).default(587),
    /** Empty only where no mail is sent. */
    from: mailboxOrNothing.default(''),
    replyTo: mailboxOrNothing.default(''),
    username: text.default(''),
    usernameFile: text.default(''),
    password: text.default(''),
    passwordFile: text.default(''),
    /** Login by access token instead of a password. */
    oauth: z
      .strictObject({
        /** Empty: login by password. */
        tokenUrl: tokenAddress.default(''),
        clientId: text.default(''),
        clientSecret: text.default(''),
        clientSecretFile: text.default(''),
        /** Empty: client credentials. */
        refreshToken: text.default(''),
        refreshTokenFile: text.default(''),
        scope: text.default(''),
      })
      .prefault({}),
    /** required: refuse to send in clear. off: do not ask for TLS. implicit: TLS from the first byte. */
    tls: oneOf(['required', 'off', 'implicit']).default('required'),
    caFile: text.default(''),
    timeoutMs: milliseconds.default(20_000),
    /** What is mailed. */
    kinds: someOf(personKinds).default(personKinds),
    /** Recipient domains; empty: all. */
    allowedDomains: list.default([]),
    perNamespaceHour: count.default(1_000),
    atOnce: count.default(5),
    /** Empty: mails look as we write them. */
    templatesDirectory: text.default(''),
    /** Whose templates are used. */
    language: languageTag.default('en'),
  })
  .prefault({});
export type MailConfig = z.infer<typeof mailSection>;

/** Paths of what is secret here. */
export const mailSecrets = ['mail.password', 'mail.oauth.clientSecret', 'mail.oauth.refreshToken'] as const;

/** What single settings of mail cannot tell. */
export function mailChecks(mail: MailConfig): Check[] {
  const { oauth } = mail;
  const isSecret = [mail.password, mail.passwordFile, oauth.tokenUrl].some((one) => one !== '');
  return [
    [
      mail.host !== '' && mail.from === '',
      'mail.from',
      `must be given where ${named('mail.host')} is: most servers take no mail without a sender that they know, such as approvals@example.com`,
    ],
    [
      mail.tls === 'off' && isSecret && !loopback.has(mail.host),
      'mail.tls',
      `must be required or implicit where there is a login: off would send the password in clear, or the token. Only a server on localhost may have it so`,
    ],
    ...twice(mail),
    ...(oauth.tokenUrl === '' ? withoutTokens(mail) : withTokens(mail)),
  ];
}

/** A value and a file for the same thing: nobody could say which one counts. */
function twice({ oauth, ...mail }: MailConfig): Check[] {
  const pairs = [
    ['mail.username', mail.username, mail.usernameFile],
    ['mail.password', mail.password, mail.passwordFile],
    ['mail.oauth.clientSecret', oauth.clientSecret, oauth.clientSecretFile],
    ['mail.oauth.refreshToken', oauth.refreshToken, oauth.refreshTokenFile],
  ] as const;
  return pairs.map(([path, value, file]) => [
    value !== '' && file !== '',
    `${path}File`,
    `must not be given beside ${named(path)}: one of the two`,
  ]);
}

function withoutTokens({ oauth }: MailConfig): Check[] {
  const given = Object.values(oauth).some((value) => value !== '');
  return [[given, 'mail.oauth.tokenUrl', 'must be given where other settings of mail.oauth are']];
}

function withTokens({ oauth, ...mail }: MailConfig): Check[] {
  const hasPassword = mail.password !== '' || mail.passwordFile !== '';
  const hasUser = mail.username !== '' || mail.usernameFile !== '';
  const proofs = [oauth.clientSecret, oauth.clientSecretFile, oauth.refreshToken, oauth.refreshTokenFile];
  return [
    [
      hasPassword,
      'mail.oauth.tokenUrl',
      `must not be given beside ${named('mail.password')} or mail.passwordFile: one way to log in`,
    ],
    [
      !hasUser,
      'mail.username',
      `must be given where ${named('mail.oauth.tokenUrl')} is: the mailbox that the token is for`,
    ],
    [oauth.clientId === '', 'mail.oauth.clientId', `must be given where ${named('mail.oauth.tokenUrl')} is`],
    [
      proofs.every((proof) => proof === ''),
      'mail.oauth.clientSecret',
      'must be given, itself or as a file, where there is no refresh token',
    ],
  ];
}
