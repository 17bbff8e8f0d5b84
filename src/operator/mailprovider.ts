import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { named } from '../config/setting.ts';
import { loadAuthorities } from '../egress/authorities.ts';
import type { OpenEgress } from '../egress/guard.ts';
import { passwordLogin, type LoginSource } from '../notify/mail/login.ts';
import { readMailbox, type Mailbox } from '../notify/mail/mailbox.ts';
import { TokenSource } from '../notify/mail/oauth.ts';
import { MailProvider } from '../notify/mail/provider.ts';
import { SecretFile } from './secretfile.ts';
import { fromFile, ofSetting } from './settingfile.ts';
import { TemplateFolder } from './templatefolder.ts';

/** What mail needs besides its settings. */
export interface MailSurroundings {
  /** The way to the token server. */
  readonly egress: Pick<OpenEgress, 'post' | 'refusal'>;
  readonly log: Logger;
}

/** The channel for mail. Throws where a file that the settings name cannot be read, or a template is wrong. */
export function createMailProvider({ mail }: Config, surroundings: MailSurroundings): MailProvider {
  const { log, egress } = surroundings;
  const { host, port, tls, timeoutMs, templatesDirectory: directory, language } = mail;
  const templates =
    directory === ''
      ? undefined
      : ofSetting('mail.templatesDirectory', () => new TemplateFolder({ directory, language, log }));
  const authorities = ofSetting('mail.caFile', () => fromFile(mail.caFile, loadAuthorities));
  const replyTo = readMailbox(mail.replyTo);
  if (isPasswordEnding(mail)) log.warn({ host }, passwordsEnd);
  return new MailProvider({
    host,
    port,
    tls,
    timeoutMs,
    from: senderOf(mail),
    login: loginOf(mail, egress, log),
    ...(authorities && { authorities }),
    ...(replyTo && { replyTo }),
    ...(templates && { render: (message) => templates.render(message) }),
  });
}

const passwordsEnd =
  'Exchange Online takes no passwords after December 2026 unless an administrator switches them on again: log in by OAuth (mail.oauth)';

/** Said at each start, because it would be seen by nobody but in mails that do not come. */
function isPasswordEnding({ host, password, passwordFile, oauth }: Config['mail']): boolean {
  const isPassword = oauth.tokenUrl === '' && `${password}${passwordFile}` !== '';
  return isPassword && /(?:^|\.)(?:office365|outlook)\.com$/iu.test(host);
}

/** The sender. The settings have been checked; without mail there is none. */
function senderOf({ from }: Pick<Config['mail'], 'from'>): Mailbox {
  return readMailbox(from) ?? { name: '', address: from };
}

function loginOf(mail: Config['mail'], egress: MailSurroundings['egress'], log: Logger): LoginSource {
  const secret = (setting: string, value: string, file: string): (() => string) => {
    if (file === '') return () => value;
    const options = {
      now: Date.now,
      onProblem: (why: string) =>
        log.warn({ problem: `${setting}: ${why}`, lastGoodKept: true }, 'secret for mail'),
    };
    const source = ofSetting(setting, () => new SecretFile(file, options));
    return () => source.current();
  };
  const username = secret('mail.usernameFile', mail.username, mail.usernameFile);
  const { tokenUrl, clientId, scope, ...oauth } = mail.oauth;
  if (tokenUrl === '') {
    const password = secret('mail.passwordFile', mail.password, mail.passwordFile);
    return passwordLogin(() => ({ username: username(), password: password() }));
  }
  const refused = egress.refusal(tokenUrl);
  if (refused !== undefined)
    log.warn({ refused: `${named('mail.oauth.tokenUrl')}: ${refused}` }, 'tokens for mail');
  const clientSecret = secret('mail.oauth.clientSecretFile', oauth.clientSecret, oauth.clientSecretFile);
  const refreshToken = secret('mail.oauth.refreshTokenFile', oauth.refreshToken, oauth.refreshTokenFile);
  return new TokenSource({ username, tokenUrl, clientId, clientSecret, refreshToken, scope }, egress);
}
