import { describe, expect, it } from 'vitest';
import { environmentName, printableConfig, readConfig, settingPaths, type Config } from './config.ts';

function configOf(environment: Record<string, string>, file?: string): Config {
  const read = readConfig(environment, file);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.config;
}

function problemsOf(environment: Record<string, string>, file?: string): string[] {
  const read = readConfig(environment, file);
  return read.ok ? [] : read.problems.map(({ setting, problem }) => `${setting}: ${problem}`);
}

describe('the configuration', () => {
  it('works without any setting', () => {
    expect(configOf({})).toMatchObject({
      baseUrl: 'http://localhost:8090',
      roles: ['controller', 'web'],
      namespaces: [],
    });
  });

  it('reads the file, and lets the environment win', () => {
    const file = 'baseUrl: https://approvals.example.com\nmail: { host: mail.example.com, port: 25 }\n';
    expect(configOf({ TEKTON_APPROVALS_MAIL_PORT: '2525' }, file)).toMatchObject({
      baseUrl: 'https://approvals.example.com',
      mail: { host: 'mail.example.com', port: 2525 },
    });
  });

  it.each([
    ['QUARKUS_AUTOMATIKO_SERVICE_URL', 'https://old.example.com', { baseUrl: 'https://old.example.com' }],
    ['QUARKUS_OPERATOR_SDK_NAMESPACES', 'a,b', { namespaces: ['a', 'b'] }],
    ['QUARKUS_MAILER_HOST', 'mail.example.com', { mail: { host: 'mail.example.com' } }],
    ['QUARKUS_MAILER_PORT', '465', { mail: { port: 465 } }],
    ['QUARKUS_MAILER_FROM', 'a@example.com', { mail: { from: 'a@example.com' } }],
    ['QUARKUS_MAILER_USERNAME', 'u', { mail: { username: 'u' } }],
    ['QUARKUS_MAILER_PASSWORD', 'p', { mail: { password: 'p' } }],
  ])('reads %s of existing deployments', (name, value, expected) => {
    expect(configOf({ [name]: value })).toMatchObject(expected);
  });

  it('prefers our own name to that of existing deployments', () => {
    const config = configOf({ QUARKUS_MAILER_HOST: 'old', TEKTON_APPROVALS_MAIL_HOST: 'new' });
    expect(config.mail.host).toBe('new');
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
    ['text: [', 'is not YAML'],
    ['- a\n- b\n', 'must be a YAML mapping'],
    ['mial: { host: x }\n', 'mial: is not a setting of this program'],
    ['mail: { hots: x }\n', 'mail.hots: is not a setting of this program'],
  ])('refuses the settings file %j', (file, problem) => {
    expect(problemsOf({}, file).join('\n')).toContain(problem);
  });

  it.each([
    ['http://approvals.example.com', 'must be https'],
    ['ftp://approvals.example.com', 'baseUrl'],
    ['approvals', 'baseUrl'],
  ])('refuses the base URL %s', (baseUrl, problem) => {
    expect(problemsOf({ TEKTON_APPROVALS_BASE_URL: baseUrl }).join('\n')).toContain(problem);
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
    [{ TEKTON_APPROVALS_LEASE_RETRY_MS: '10000' }, 'shorter than lease.renewDeadlineMs'],
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
