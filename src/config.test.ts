import { describe, expect, it } from 'vitest';
import { environmentName, printableConfig, settingPaths } from './config.ts';
import { configOf, problemsOf } from './config/fixture.ts';

describe('the configuration', () => {
  it('works without any setting', () => {
    expect(configOf({})).toMatchObject({
      baseUrl: 'http://localhost:8090',
      roles: ['controller', 'web'],
      namespaces: [],
    });
  });

  it('reads the file, and lets the environment win', () => {
    const file =
      'baseUrl: https://approvals.example.com\nmail: { host: mail.example.com, port: 25, from: a@example.com }\n';
    expect(configOf({ TEKTON_APPROVALS_MAIL_PORT: '2525' }, file)).toMatchObject({
      baseUrl: 'https://approvals.example.com',
      mail: { host: 'mail.example.com', port: 2525 },
    });
  });

  it.each([
    ['QUARKUS_AUTOMATIKO_SERVICE_URL', 'https://old.example.com', { baseUrl: 'https://old.example.com' }],
    ['QUARKUS_OPERATOR_SDK_NAMESPACES', 'a,b', { namespaces: ['a', 'b'] }],
    ['QUARKUS_MAILER_PORT', '465', { mail: { port: 465 } }],
    ['QUARKUS_MAILER_FROM', 'a@example.com', { mail: { from: 'a@example.com' } }],
    ['QUARKUS_MAILER_FROM', 'Approvals <a@example.com>', { mail: { from: 'Approvals <a@example.com>' } }],
    ['QUARKUS_MAILER_USERNAME', 'u', { mail: { username: 'u' } }],
    ['QUARKUS_MAILER_PASSWORD', 'p', { mail: { password: 'p' } }],
  ])('reads %s of existing deployments', (name, value, expected) => {
    expect(configOf({ [name]: value })).toMatchObject(expected);
  });

  it('prefers our own name to that of existing deployments', () => {
    const config = configOf({ QUARKUS_MAILER_PORT: '25', TEKTON_APPROVALS_MAIL_PORT: '26' });
    expect(config.mail.port).toBe(26);
  });

  it('reads the mail server and sender of existing deployments', () => {
    const old = { QUARKUS_MAILER_HOST: 'mail.example.com', QUARKUS_MAILER_FROM: 'a@example.com' };
    expect(configOf(old).mail).toMatchObject({ host: 'mail.example.com', from: 'a@example.com' });
  });

  it('takes an empty variable for one that is not given, whatever its type', () => {
    const empty = Object.fromEntries(settingPaths.map((path) => [environmentName(path), '']));
    expect(configOf({ ...empty, TEKTON_APPROVALS_CONFIG: '' })).toEqual(configOf({}));
    expect(configOf({ TEKTON_APPROVALS_WEB_PORT: '' }, 'web: { port: 80 }').web.port).toBe(80);
    expect(configOf({ TEKTON_APPROVALS_MAIL_PORT: '', QUARKUS_MAILER_PORT: '25' }).mail.port).toBe(25);
  });

  it('takes a line or a section of the file that has no value for one that is not given', () => {
    expect(configOf({}, 'mail:\nweb:\n  port:\nroles:\n')).toEqual(configOf({}));
  });

  it('says everything that is wrong at once, with the name of each setting', () => {
    const problems = problemsOf({
      TEKTON_APPROVALS_MAIL_PORT: 'x',
      TEKTON_APPROVALS_ROLES: 'king',
      TEKTON_APPROVALS_NONSENSE: '1',
    });
    expect(problems.join('\n')).toContain('mail.port (TEKTON_APPROVALS_MAIL_PORT)');
    expect(problems.join('\n')).toContain('roles (TEKTON_APPROVALS_ROLES)');
    expect(problems.join('\n')).toContain('TEKTON_APPROVALS_NONSENSE: is not a setting of this program');
  });

  it.each([
    [
      'text: [',
      'settings file: is not YAML: unexpected end of the stream within a flow collection in line 1',
    ],
    ['- a\n- b\n', 'must be a YAML mapping'],
    ['mial: { host: x }\n', 'mial: is not a setting of this program'],
    ['mail: { hots: x }\n', 'mail.hots: is not a setting of this program'],
  ])('refuses the settings file %j', (file, problem) => {
    expect(problemsOf({}, file).join('\n')).toContain(problem);
  });

  it('does not repeat a line of the settings file that is not YAML: it may be a password', () => {
    const problems = problemsOf({}, 'mail:\n  password: hunter2: x\n');
    expect(problems).toEqual(['settings file: is not YAML: bad indentation of a mapping entry in line 2']);
  });

  it('takes a settings file in which every line is a comment for an empty one', () => {
    expect(configOf({}, '# mail:\n#   host: x\n')).toEqual(configOf({}));
  });

  it.each([
    ['WEB_PORT', 'abc', 'web.port', 'must be a whole number from 0 to 65535'],
    ['WEB_PORT', '65536', 'web.port', 'must be a whole number from 0 to 65535'],
    ['WEB_PORT', ' ', 'web.port', 'must be a whole number from 0 to 65535'],
    ['WEB_PORT', '1e3', 'web.port', 'must be a whole number from 0 to 65535'],
    ['WEB_PORT', '-1', 'web.port', 'must be a whole number from 0 to 65535'],
    ['MAIL_PORT', '0', 'mail.port', 'must be a whole number from 1 to 65535'],
    ['MAIL_AT_ONCE', '0', 'mail.atOnce', 'must be a whole number from 1 to 1000000'],
    ['KEYS_POLL_MS', '2147483648', 'keys.pollMs', 'must be a whole number from 1 to 604800000'],
    ['API_REQUESTS_PER_SECOND', '0', 'api.requestsPerSecond', 'must be a whole number from 1 to 1000000'],
    ['API_BURST', '0.5', 'api.burst', 'must be a whole number from 1 to 1000000'],
    ['METRICS_PORT', '-1', 'metrics.port', 'must be a whole number from 0 to 65535'],
    ['METRICS_ENABLED', 'off', 'metrics.enabled', 'must be true or false'],
    ['ROLES', 'king', 'roles', 'must be a list of at least one of controller, web'],
    ['ROLES', 'web,king', 'roles', 'must be a list of at least one of controller, web'],
    ['ROLES', ',', 'roles', 'must be a list of at least one of controller, web'],
    ['LOG_LEVEL', 'loud', 'log.level', 'must be one of debug, info, warn, error'],
    ['MAIL_LANGUAGE', '../x', 'mail.language', 'must be a language such as en, de or pt-BR'],
    ['MAIL_TLS', 'on', 'mail.tls', 'must be one of required, off, implicit'],
    ['MIN_ASSURANCE_MULTI', 'x', 'minAssurance.MULTI', 'must be one of link, login, kubernetes'],
    ['ALLOW_INSECURE_BASE_URL', 'perhaps', 'allowInsecureBaseUrl', 'must be true or false'],
    ['ALLOW_INSECURE_BASE_URL', 'yes', 'allowInsecureBaseUrl', 'must be true or false'],
  ])('refuses %s=%s, and says what is allowed', (...[variable, value, path, problem]) => {
    const name = `TEKTON_APPROVALS_${variable}`;
    expect(problemsOf({ [name]: value })).toEqual([`${path} (${name}): ${problem}`]);
  });

  it.each([
    ['web: { port: true }', 'web.port (TEKTON_APPROVALS_WEB_PORT): must be a whole number'],
    ['web: { port: [80] }', 'web.port (TEKTON_APPROVALS_WEB_PORT): must be a whole number'],
    ['web: { port: 80.5 }', 'web.port (TEKTON_APPROVALS_WEB_PORT): must be a whole number'],
    ['roles: []', 'roles (TEKTON_APPROVALS_ROLES): must be a list of at least one of'],
    ['namespaces: [1]', 'namespaces (TEKTON_APPROVALS_NAMESPACES): must be a list'],
    ['mail: { password: 123 }', 'mail.password (TEKTON_APPROVALS_MAIL_PASSWORD): must be text'],
    ['lease: { name: "" }', 'lease.name (TEKTON_APPROVALS_LEASE_NAME): must be text that is not empty'],
    ['mail: smtp.example.com', 'mail: must be a YAML mapping of settings'],
  ])('refuses the value in the file %j', (file, problem) => {
    // A variable for the same section does not hide the mistake.
    const problems = problemsOf({ TEKTON_APPROVALS_MAIL_PORT: '25' }, file);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    'approvals.example.com',
    'localhost:8090',
    'ftp://approvals.example.com',
    'https://',
    'https://ann@approvals.example.com',
    'https://ann:secret@approvals.example.com',
    'https://approvals.example.com/?',
    'https://approvals.example.com/?to=me',
    'https://approvals.example.com/#top',
  ])('refuses the base URL %s without repeating it', (baseUrl) => {
    expect(problemsOf({ TEKTON_APPROVALS_BASE_URL: baseUrl })).toEqual([
      'baseUrl (TEKTON_APPROVALS_BASE_URL): must be an address such as https://approvals.example.com, without user name, query or fragment',
    ]);
  });

  it.each([
    ['https://approvals.example.com/', 'https://approvals.example.com'],
    ['HTTPS://Approvals.Example.com:443/gate//', 'https://approvals.example.com/gate'],
    ['http://[::1]:8090', 'http://[::1]:8090'],
  ])('takes the base URL %s as %s', (given, taken) => {
    expect(configOf({ TEKTON_APPROVALS_BASE_URL: given }).baseUrl).toBe(taken);
  });

  it.each(['http://approvals.example.com', 'http://localhost.example.com'])(
    'refuses the base URL %s: anybody on the way could answer',
    (baseUrl) => {
      expect(problemsOf({ TEKTON_APPROVALS_BASE_URL: baseUrl }).join('\n')).toContain(
        'baseUrl (TEKTON_APPROVALS_BASE_URL): must be https',
      );
    },
  );

  it.each(['a@example.com, b@example.com', 'a@example.com\r\nBcc: b@example.com', 'approvals'])(
    'refuses the sender %j',
    (from) => {
      expect(problemsOf({ TEKTON_APPROVALS_MAIL_FROM: from }).join('\n')).toContain(
        'mail.from (TEKTON_APPROVALS_MAIL_FROM): must be one e-mail address',
      );
    },
  );

  it('refuses a mail server without a sender', () => {
    expect(problemsOf({ TEKTON_APPROVALS_MAIL_HOST: 'mail.example.com' })).toEqual([
      expect.stringContaining('mail.from (TEKTON_APPROVALS_MAIL_FROM): must be given'),
    ]);
  });

  const login = {
    TEKTON_APPROVALS_MAIL_HOST: 'mail.example.com',
    TEKTON_APPROVALS_MAIL_FROM: 'a@example.com',
    TEKTON_APPROVALS_MAIL_USERNAME: 'u',
    TEKTON_APPROVALS_MAIL_PASSWORD: 'hunter2',
  };

  it('refuses to send the password in clear', () => {
    const problems = problemsOf({ ...login, TEKTON_APPROVALS_MAIL_TLS: 'off' });
    expect(problems).toEqual([expect.stringContaining('off would send the password in clear')]);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  it.each([
    { TEKTON_APPROVALS_MAIL_TLS: 'required' },
    { TEKTON_APPROVALS_MAIL_TLS: 'implicit' },
    { TEKTON_APPROVALS_MAIL_TLS: 'off', TEKTON_APPROVALS_MAIL_PASSWORD: '' },
    { TEKTON_APPROVALS_MAIL_TLS: 'off', TEKTON_APPROVALS_MAIL_HOST: 'localhost' },
    { TEKTON_APPROVALS_MAIL_TLS: 'off', TEKTON_APPROVALS_MAIL_HOST: '::1' },
  ])('takes a login with %j', (environment) => {
    expect(problemsOf({ ...login, ...environment })).toEqual([]);
  });

  it('takes plain http elsewhere than on localhost only when it is asked for by name', () => {
    const environment = {
      TEKTON_APPROVALS_BASE_URL: 'http://approvals.lan',
      TEKTON_APPROVALS_ALLOW_INSECURE_BASE_URL: 'true',
    };
    expect(configOf(environment).baseUrl).toBe('http://approvals.lan');
  });

  it.each([
    [{ TEKTON_APPROVALS_LEASE_RENEW_DEADLINE_MS: '15000' }, 'two leaders'],
    [
      { TEKTON_APPROVALS_LEASE_RETRY_MS: '10000' },
      'must be shorter than lease.renewDeadlineMs (TEKTON_APPROVALS_LEASE_RENEW_DEADLINE_MS)',
    ],
  ])('refuses lease timings that do not fit: %j', (environment, problem) => {
    expect(problemsOf(environment).join('\n')).toContain(problem);
  });

  it('prints no secret', () => {
    const printed = JSON.stringify(printableConfig(configOf({ TEKTON_APPROVALS_MAIL_PASSWORD: 'hunter2' })));
    expect(printed).not.toContain('hunter2');
    expect(printed).toContain('"username":""');
  });

  it('has one environment name for each setting', () => {
    const names = settingPaths.map(environmentName);
    expect(new Set(names).size).toBe(names.length);
    expect(environmentName('mail.caFile')).toBe('TEKTON_APPROVALS_MAIL_CA_FILE');
  });
});
