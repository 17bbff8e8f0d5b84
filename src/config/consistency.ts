import type { Config } from '../config.ts';
import { channelProblems } from './channelsettings.ts';
import { mailChecks } from './mail.ts';
import { loopback, named, problemOf, type Check, type ConfigProblem } from './setting.ts';

/** What single settings cannot tell. */
export function consistency(config: Config): ConfigProblem[] {
  const { baseUrl, allowInsecureBaseUrl, mail, lease } = config;
  const url = new URL(baseUrl);
  const checks: readonly Check[] = [
    [
      url.protocol === 'http:' && !loopback.has(url.hostname) && !allowInsecureBaseUrl,
      'baseUrl',
      `must be https: over plain http anybody on the way can read the links and answer. If that is wanted, set ${named('allowInsecureBaseUrl')} to true`,
    ],
    ...mailChecks(mail),
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
  return [
    ...checks.filter(([wrong]) => wrong).map(([, path, problem]) => problemOf(path, problem)),
    ...channelProblems(config.channels),
  ];
}
