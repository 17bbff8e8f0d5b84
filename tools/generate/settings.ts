import { environmentName, readConfig, settingPaths } from '../../src/config.ts';
import { table, type Block } from './block.ts';

/** What each setting is for, in the order in which people read them. */
const meanings: Readonly<Record<string, string>> = {
  baseUrl:
    'Where people reach the form; every link begins with it. https, except on localhost. May have a path, but no user name, query or fragment.',
  allowInsecureBaseUrl: 'Allows plain http elsewhere: whoever is on the way can then read links and answer.',
  namespaces: 'Namespaces to serve. Empty: all.',
  roles: 'What this process does: `controller`, `web` or both.',
  robots: 'Service accounts that may answer, as full user names. The identity policy must list the same.',
  'minAssurance.SINGLE': 'Weakest proof of the person that counts: `link`, `login` or `kubernetes`.',
  'minAssurance.MULTI': 'The same for `MULTI`.',
  'minAssurance.FOUR_EYES': 'The same for `FOUR_EYES`.',
  requesterMayNotApprove:
    'Whoever started a run cannot approve it. A run of which it is not proven who started it fails at once, with the reason `RequesterUnknown`.',
  'people.configMap':
    'Name of the ConfigMap with the [people directory](docs/guides/people.md). The shipped Role allows this name only. Empty: no directory.',
  'people.pollMs': 'How often it is read anew.',
  'links.ttlMs': 'How long a link lives, at most 7 days; never longer than the deadline.',
  'mail.host': 'SMTP server. Empty: no mail is sent.',
  'mail.port': 'Its port.',
  'mail.from':
    'The sender: an address, perhaps with a name as in `Approvals <approvals@example.com>`. Must be given with `mail.host`.',
  'mail.replyTo': 'Where answers by mail go. Empty: the mail says that they are not read.',
  'mail.username': 'Login. Empty: none.',
  'mail.usernameFile': 'The same in a file, such as of a mounted Secret; read again when it changes.',
  'mail.password': 'Its password. Keep it in a Secret.',
  'mail.passwordFile': 'The same in a file.',
  'mail.oauth.tokenUrl': 'Where access tokens are got, for login by XOAUTH2. Empty: login by password.',
  'mail.oauth.clientId': "The client's identifier there.",
  'mail.oauth.clientSecret': 'Its secret. Keep it in a Secret.',
  'mail.oauth.clientSecretFile': 'The same in a file.',
  'mail.oauth.refreshToken': 'Empty: client credentials. Keep it in a Secret.',
  'mail.oauth.refreshTokenFile': 'The same in a file.',
  'mail.oauth.scope': 'What the token is asked for, as the mail provider says.',
  'mail.tls':
    '`required`: STARTTLS or nothing is sent. `implicit`: TLS from the first byte. `off`: in clear; with a password only on localhost.',
  'mail.caFile': 'PEM file of certificate authorities to trust besides the usual ones.',
  'mail.timeoutMs': 'Longest silence of the server in each step. A whole send may take three times as long.',
  'mail.allowedDomains': 'Domains that may be mailed, subdomains not included. Empty: all.',
  'mail.perNamespaceHour':
    'Mails for one namespace in an hour, and as many messages in each channel of Slack and Teams. What is above waits. Webhooks are not counted.',
  'mail.atOnce': 'Mails being sent at the same time, and as many messages in each other channel.',
  'mail.templatesDirectory':
    'Folder with [templates](docs/spec/mail-templates.md) for mails. Empty: mails look as they are shipped.',
  'mail.language': 'Language of the templates that are used.',
  'mail.kinds': 'What is mailed: any of `requested`, `reminder`, `decided`, `timedOut`, `cancelled`.',
  'channels.file':
    'The [document of channels](docs/guides/notifications.md): Slack, Teams and webhooks by name. A mounted key of a Secret, for it holds secrets; read again when it changes.',
  'channels.pollMs': 'How often it is looked at.',
  'channels.slackApiUrl': 'Where the Web API of Slack is, for channels in app mode. GovSlack has another.',
  'reminders.fractions':
    'Parts of the time until the deadline, or the end of the pipeline run if that comes first, after which people who have not answered are asked again. Empty: none.',
  'reminders.everyMs': 'So often as well. 0: not.',
  'reminders.leastMs':
    'No reminder comes sooner than this after the request or another reminder, or before the deadline.',
  'reminders.most': 'At most so many.',
  'egress.allow':
    'Hosts that requests to chat, webhooks and token endpoints may reach over plain http, and at addresses that are not on the internet. By name or address, each perhaps with a port: `chat.example.com:8443`. No wildcards.',
  'egress.proxy':
    'URL of an http or https proxy for them, which may hold a login. Without it `HTTPS_PROXY` is read; empty in the file: none. Mail does not go through it.',
  'egress.noProxy':
    'What is reached without the proxy, in the form of `NO_PROXY`, which is read where this is not given.',
  'egress.caFile': 'PEM file of certificate authorities to trust besides the usual ones.',
  'egress.timeoutMs': 'Longest time for one request as a whole.',
  'log.level': '`debug`, `info`, `warn` or `error`.',
  kubeconfig: "Empty: the Pod's ServiceAccount, else the current kubeconfig.",
  'install.namespace': 'Namespace of the operator: its Lease and its key Secret lie there.',
  'keys.secret': 'Name of the key Secret. The shipped Role allows this name only.',
  'keys.pollMs': 'How often the key Secret is read anew.',
  'web.host': 'Address on which the form listens.',
  'web.port': 'Port of the form.',
  'probes.host': 'Address on which /livez and /readyz listen.',
  'probes.port': 'Port of /livez and /readyz.',
  'metrics.enabled': 'Whether metrics can be asked for. See [Metrics](docs/metrics.md).',
  'metrics.host': 'Address on which /metrics listens.',
  'metrics.port': 'Port of /metrics.',
  'api.requestsPerSecond':
    'Calls to the API server in a second, in the long run. Watches and the Lease are not counted.',
  'api.burst': 'Calls that may be made at once before that limit holds.',
  'lease.name': 'Name of the Lease that elects the leader. The shipped Role allows this name only.',
  'lease.leaseMs': 'How long others wait before they take a Lease that is not renewed.',
  'lease.renewDeadlineMs': 'How long the leader acts on its last renewal. Shorter than `lease.leaseMs`.',
  'lease.retryMs':
    'Time between two renewals; who waits for the Lease looks four times as often. Shorter than `lease.renewDeadlineMs`.',
  'controller.atOnce': 'Objects reconciled at the same time, for each controller.',
  'controller.policyProofMs': 'How often the identity policy is proven while nobody answers.',
};

/** The table of all settings. Throws where one is not described, or one that does not exist is. */
export function settingsBlock(): Block {
  const configured = readConfig({});
  if (!configured.ok) throw new Error('the defaults are no valid settings');
  const described = Object.keys(meanings);
  const wrong = [
    ...settingPaths.filter((path) => !described.includes(path)),
    ...described.filter((path) => !settingPaths.includes(path)),
  ];
  if (wrong.length > 0) throw new Error(`tools/generate/settings.ts: look at ${wrong.join(', ')}`);
  const rows = Object.entries(meanings).map(([path, meaning]) => [
    `\`${path}\``,
    `\`${environmentName(path)}\``,
    shown(valueAt(configured.config, path)),
    meaning,
  ]);
  return {
    file: 'README.md',
    name: 'settings',
    text: table([['Setting', 'Environment', 'Default', 'Meaning'], ...rows]),
  };
}

function valueAt(settings: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
      settings,
    );
}

function shown(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return text === '' ? 'empty' : `\`${text}\``;
}
