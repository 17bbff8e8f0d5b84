import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { issueCertificate } from '../../test/fakes/certificate.ts';
import { loadAuthorities } from './authorities.ts';

function fileWith(content: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'authorities-')), 'ca.pem');
  writeFileSync(file, content);
  return file;
}

test('no file means the usual authorities', () => {
  expect(loadAuthorities('')).toBeUndefined();
});

test('every certificate of the file is trusted beside the usual ones', () => {
  const one = issueCertificate({ commonName: 'one' }).cert.trim();
  const two = issueCertificate({ commonName: 'two' }).cert.trim();
  const trusted = loadAuthorities(fileWith(`# ours\n${one}\n\n${two}\n`));
  expect(trusted).toEqual(expect.arrayContaining([one, two]));
  expect(trusted?.length).toBeGreaterThan(100);
});

test.each([
  ['a missing file', '/nowhere/ca.pem', 'ENOENT'],
  ['a file without a certificate', fileWith('-----BEGIN PRIVATE KEY-----'), 'no certificate in'],
  [
    'a damaged certificate',
    fileWith('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    'cannot be read',
  ],
])('%s is an error, not less trust', (_what, file, message) => {
  expect(() => loadAuthorities(file)).toThrow(message);
});
