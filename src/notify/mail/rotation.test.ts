import { afterEach, expect, test } from 'vitest';
import { issueCertificate } from '../../../test/fakes/certificate.ts';
import { ann, messageTo, noticeTo, startPost, type Post } from './fixture.ts';
import { passwordLogin } from './login.ts';

const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
const username = 'robot@example.com';
let post: Post | undefined;

afterEach(() => post?.mailbox.close());

test('channel-08: a password that was changed is used from the next mail on, for each has a connection of its own', async () => {
  const auth = { username, password: 'new-password' };
  let password = 'old-password';
  post = await startPost({ tls, auth }, { login: passwordLogin(() => ({ username, password })) });
  const { mail } = post;
  expect(await mail.send(messageTo(ann), noticeTo(ann))).toMatchObject({
    kind: 'retry',
    why: expect.stringContaining('the mail server refused the login: 535'),
  });
  password = 'new-password';
  expect(await mail.send(messageTo(ann), noticeTo(ann))).toEqual({ kind: 'sent' });
});
