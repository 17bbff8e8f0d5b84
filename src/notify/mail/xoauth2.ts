import type { SMTPTransportOptions } from 'nodemailer';

type Handlers = NonNullable<SMTPTransportOptions['customAuth']>;
type Conversation = Parameters<Handlers[string]>[0];

/** The first response of SASL XOAUTH2, as Google and Microsoft document it for SMTP. */
export function initialResponse(username: string, accessToken: string): string {
  return Buffer.from(`user=${username}\u0001auth=Bearer ${accessToken}\u0001\u0001`, 'utf8').toString(
    'base64',
  );
}

/**
 * Says the token once. The mailer's own way makes HTTP requests of its own where it is given more than a token, and says
 * a refused token twice; here only we fetch tokens.
 */
async function sayToken(conversation: Conversation): Promise<void> {
  const { user, pass } = conversation.auth.credentials;
  const first = await conversation.sendCommand(`AUTH XOAUTH2 ${initialResponse(user, pass)}`);
  // A refusal may come as a challenge that holds the error; an empty line asks for the refusal itself.
  const last = first.status === 334 ? await conversation.sendCommand('') : first;
  if (last.status < 200 || last.status > 299) throw new Error('the token was refused');
}

/** Login by access token: what to give the mailer. */
export function tokenAuth(
  username: string,
  accessToken: string,
): Pick<SMTPTransportOptions, 'auth' | 'customAuth'> {
  return {
    auth: { type: 'custom', method: 'XOAUTH2', user: username, pass: accessToken },
    customAuth: { XOAUTH2: sayToken },
  };
}
