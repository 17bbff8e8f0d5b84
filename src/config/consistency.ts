import type { Config } from '../config.ts';
import { named, problemOf, type ConfigProblem } from './setting.ts';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/** What single settings cannot tell. */
export function consistency({ baseUrl, allowInsecureBaseUrl, mail, lease }: Config): ConfigProblem[] {
  const url = new URL(baseUrl);
  const checks: readonly [wrong: boolean, path: string, problem: string][] = [
    [
      url.protocol === 'http:' && !loopback.has(url.hostname) && !allowInsecureBaseUrl,
      'baseUrl',
      `must be https: over plain http anybody on the way can read the links and answer. If that is wanted, set ${named('allowInsecureBaseUrl')} to true`,
    ],
    [
      mail.host !== '' && mail.from === '',
      'mail.from',
      `must be given where ${named('mail.host')} is: most servers take no mail without a sender that they know, such as approvals@example.com`,
    ],
    [
      mail.tls === 'off' && mail.password !== '' && !loopback.has(mail.host),
      'mail.tls',
      `must be required or implicit where ${named('mail.password')} is given: off would send the password in clear. Only a server on localhost may have it so`,
    ],
    [
      lease.renewDeadlineMs >= lease.leaseMs,
      'lease.renewDeadlineMs',
      `must be shorter than ${named('lease.leaseMs')}, or two leaders could write at once`,
    ],
    [
      lease.retryMs >= lease.renewDeadlineMs,
      'lease.retryMs',
      `must be shorter than ${named('lease.renewDeadlineMs')}`,
    ],
  ];
  return checks.filter(([wrong]) => wrong).map(([, path, problem]) => problemOf(path, problem));
}
