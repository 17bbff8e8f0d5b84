import { describe, expect, it } from 'vitest';
import { printableConfig } from '../config.ts';
import { configOf, problemsOf } from './fixture.ts';

describe('the settings of what goes out', () => {
  it('let requests reach the internet alone, for 15 seconds, without a proxy', () => {
    expect(configOf({}).egress).toEqual({ allow: [], proxy: '', noProxy: [], caFile: '', timeoutMs: 15_000 });
  });

  it.each([
    [{ HTTPS_PROXY: 'http://p.example:3128' }, 'http://p.example:3128/'],
    [{ https_proxy: 'http://p.example:3128' }, 'http://p.example:3128/'],
    [{ https_proxy: 'http://lower.example', HTTPS_PROXY: 'http://upper.example' }, 'http://upper.example/'],
    [{ HTTPS_PROXY: 'p.example:3128' }, 'http://p.example:3128/'],
    [{ HTTPS_PROXY: 'https://ann:p%40ss@p.example' }, 'https://ann:p%40ss@p.example/'],
    [
      { HTTPS_PROXY: 'http://a.example', TEKTON_APPROVALS_EGRESS_PROXY: 'http://b.example' },
      'http://b.example/',
    ],
    [{ HTTPS_PROXY: '' }, ''],
    [{ HTTP_PROXY: 'http://p.example', ALL_PROXY: 'http://p.example' }, ''],
  ])('take %j for the proxy %j', (environment, proxy) => {
    expect(configOf(environment).egress.proxy).toBe(proxy);
  });

  it('let what all programs share stand back behind our own settings, also where these say none', () => {
    const shared = { HTTPS_PROXY: 'http://env.example', NO_PROXY: 'env.example' };
    const file = 'egress: { proxy: "http://file.example", noProxy: [file.example] }';
    expect(configOf(shared, file).egress).toMatchObject({
      proxy: 'http://file.example/',
      noProxy: ['file.example'],
    });
    expect(configOf(shared, 'egress: { proxy: "", noProxy: [] }').egress).toMatchObject({
      proxy: '',
      noProxy: [],
    });
  });

  it('take whatever NO_PROXY holds', () => {
    const entries = ['.svc', '*.example.com', '10.0.0.0/8', '*', 'http://odd'];
    expect(configOf({ NO_PROXY: entries.join(', ') }).egress.noProxy).toEqual(entries);
    expect(configOf({ no_proxy: '.svc' }).egress.noProxy).toEqual(['.svc']);
  });

  it.each([
    'socks5://secret.example:1080',
    'http://proxy.example:3128/secret',
    'http://proxy.example/?secret',
    'http://proxy.example/#secret',
    'http://secret%zz@proxy.example',
    'http://',
    'secret path',
  ])('channel-12: refuse the proxy %s without repeating it', (proxy) => {
    const problems = problemsOf({ TEKTON_APPROVALS_EGRESS_PROXY: proxy });
    expect(problems).toEqual([
      'egress.proxy (TEKTON_APPROVALS_EGRESS_PROXY): must be the address of an http or https proxy such as http://proxy.example.com:3128, without a path; HTTPS_PROXY is read, too',
    ]);
  });

  it('channel-12: do not show the proxy, which may hold a login', () => {
    const config = configOf({ HTTPS_PROXY: 'http://user1:hunter2@p.example' });
    expect(JSON.stringify(printableConfig(config))).not.toMatch(/hunter2|user1/);
    expect(printableConfig(configOf({}))).toMatchObject({ egress: { proxy: '' } });
  });

  it('take hosts with and without a port', () => {
    const allow = 'chat.example.com, mail.example.com:8443, 10.1.2.3, [fd00::1]:8443';
    expect(configOf({ TEKTON_APPROVALS_EGRESS_ALLOW: allow }).egress.allow).toEqual([
      'chat.example.com',
      'mail.example.com:8443',
      '10.1.2.3',
      '[fd00::1]:8443',
    ]);
  });

  it.each(['*', '*.example.com', '10.0.0.0/8', 'https://chat.example.com', 'chat.example.com/x', 'a:0'])(
    'refuse to allow %s: hosts are allowed by name, one by one',
    (entry) => {
      expect(problemsOf({ TEKTON_APPROVALS_EGRESS_ALLOW: `chat.example.com,${entry}` })).toEqual([
        expect.stringContaining(
          'egress.allow (TEKTON_APPROVALS_EGRESS_ALLOW): must be a list of hosts such as',
        ),
      ]);
    },
  );

  it.each([
    ['egress: { allow: 5 }', 'egress.allow (TEKTON_APPROVALS_EGRESS_ALLOW): must be a list'],
    ['egress: { proxy: 5 }', 'egress.proxy (TEKTON_APPROVALS_EGRESS_PROXY): must be text'],
    [
      'egress: { timeoutMs: 0 }',
      'egress.timeoutMs (TEKTON_APPROVALS_EGRESS_TIMEOUT_MS): must be a whole number',
    ],
    ['egress: no', 'egress: must be a YAML mapping of settings'],
  ])('refuse the file %j', (file, problem) => {
    expect(problemsOf({}, file)).toEqual([expect.stringContaining(problem)]);
  });
});
