import { describe, expect, test } from 'vitest';
import { accepted, messageOf, read } from '../../../test/builders/parameters.ts';

/** Forms of RFC 5322 and older that programs read differently, and so send mail elsewhere than where it was allowed. */
const forms = [
  ['a line feed and a header', 'ann@example.com\nBcc: eve@evil.example'],
  ['a carriage return and a header', 'ann@example.com\rBcc: eve@evil.example'],
  ['both before the at-sign', 'ann\r\n@example.com'],
  ['a folded line', 'ann@example.com\r\n eve@evil.example'],
  ['a quoted local part', '"ann"@example.com'],
  ['a quoted local part that holds an address', '"ann@example.com x"@evil.example'],
  ['an escaped quote', String.raw`"a\"b"@example.com`],
  ['a comment before the at-sign', 'ann(of example.com)@evil.example'],
  ['a comment in the domain', 'ann@(example.com)evil.example'],
  ['a comment at the end', 'ann@example.com (Ann)'],
  ['a display name', 'Ann <ann@example.com>'],
  ['angle brackets alone', '<ann@example.com>'],
  ['a quoted display name', '"Ann" <ann@example.com>'],
  ['a group', 'approvers: ann@example.com, eve@evil.example;'],
  ['an empty group', 'approvers@example.com:;'],
  ['two at-signs', 'ann@example.com@evil.example'],
  ['two at-signs in a row', 'ann@@example.com'],
  ['an at-sign at the end', 'ann@'],
  ['an at-sign at the beginning', '@example.com'],
  ['a source route', '@relay.example:ann@example.com'],
  ['two addresses with a comma', 'ann@example.com,eve@evil.example'],
  ['two addresses with a semicolon', 'ann@example.com;eve@evil.example'],
  ['two addresses with a blank', 'ann@example.com eve@evil.example'],
  ['an address literal', 'ann@[192.0.2.1]'],
  ['a domain with a port', 'ann@example.com:25'],
  ['a parameter of the envelope', 'ann@example.com> NOTIFY=SUCCESS'],
  ['a full-width at-sign beside a real one', 'ann\uff20example.com@evil.example'],
  ['a foreign letter that looks like a latin one', '\u0430nn@example.com'],
  ['a domain with a foreign letter', 'ann@ex\u0430mple.com'],
  ['a NUL', 'ann@example.com\u0000.evil.example'],
  ['a dot at the end of the local part', 'ann.@example.com'],
  ['two dots in the domain', 'ann@example..com'],
  ['a local part too long for a mail server', `${'a'.repeat(65)}@example.com`],
] as const;

describe('an e-mail address', () => {
  test.each(forms)(
    'channel-09: with %s is refused in either list, with its place and in quotes',
    (_what, entry) => {
      for (const field of ['approvers', 'groups'] as const) {
        const said = messageOf(read({ [field]: ['bob@example.com', entry] }));
        expect(said).toContain(`${field}[1]: "`);
        expect(said).toMatch(/is not a plain e-mail address|control or invisible character/u);
        expect(said).not.toMatch(/\p{Cc}/u);
      }
    },
  );

  test.each([
    'ann@example.com',
    'ann.lee+releases@mail.example.com',
    "o'hara@example.com",
    'ann@localhost',
    'ann@xn--bcher-kva.example',
  ])('%s is taken as it stands', (entry) => {
    expect(accepted(read({ approvers: [entry] })).spec.approvers).toEqual([entry]);
  });
});
