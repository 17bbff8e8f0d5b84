import { afterEach, describe, expect, test } from 'vitest';
import { loopbackEgress } from '../../../test/fakes/loopback-egress.ts';
import { openTeams, type Teams, type TeamsOptions } from '../../../test/fakes/teams.ts';
import { limits } from '../../api/limits.ts';
import { EgressError, type Egress } from '../../egress/egress.ts';
import { channelMessage, everyKind, hostileTexts } from '../messagefixture.ts';
import type { SendResult } from '../provider.ts';
import { teamsProvider } from './provider.ts';

const now = Date.UTC(2026, 10, 21, 9, 0, 0);
const to = { id: 'a'.repeat(64), threadId: 'a'.repeat(64), address: '' };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function channel(options: TeamsOptions = {}): Promise<Teams> {
  const teams = await openTeams(options);
  open.push(teams);
  return teams;
}

async function post(
  teams: Pick<Teams, 'webhookUrl'>,
  { raw = false, message = channelMessage('requested'), signal = undefined as AbortSignal | undefined } = {},
): Promise<SendResult> {
  const egress = loopbackEgress();
  open.push(egress);
  const named = { name: 'releases', webhookUrl: teams.webhookUrl, raw };
  return teamsProvider(named, egress, () => now).send(message, to, signal);
}

describe('a channel of Teams', () => {
  test.each(everyKind)('takes a message of the kind %s', async (kind) => {
    const teams = await channel();
    expect(await post(teams, { message: channelMessage(kind) })).toEqual({ kind: 'sent' });
    expect(teams.kept()).toHaveLength(1);
  });

  test('channel-05: takes the bare card where its flow wants that', async () => {
    const teams = await channel({ raw: true });
    expect(await post(teams, { raw: true })).toEqual({ kind: 'sent' });
    expect(await post(teams, { raw: false })).toMatchObject({ kind: 'permanent' });
  });

  test.each(hostileTexts)('%s: takes %s in a description', async (_row, _what, text) => {
    const teams = await channel();
    const message = channelMessage('requested', { description: text.slice(0, 4096) });
    expect(await post(teams, { message })).toEqual({ kind: 'sent' });
  });

  test('shows a browser what was posted, every text escaped', async () => {
    const teams = await channel();
    await post(teams, { message: channelMessage('requested', { description: '<script>alert(1)</script>' }) });
    const html = await (await fetch(`http://127.0.0.1:${String(teams.port)}/`)).text();
    expect(html).toContain('Approval needed');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script>');
  });
});

describe('a flow that does not take it', () => {
  test.each<[string, TeamsOptions, SendResult]>([
    [
      'was turned off or deleted',
      { flow: 'off' },
      {
        kind: 'permanent',
        why: 'Teams answered 400 (WorkflowTriggerIsNotEnabled): the flow is off or deleted, its owner has left, or it wants raw: true',
      },
    ],
    [
      'does not let anyone post',
      { flow: 'closed' },
      {
        kind: 'permanent',
        why: 'Teams answered 401 (DirectApiAuthorizationRequired): the address is wrong, or the trigger of the flow does not let anyone post',
      },
    ],
    [
      'is throttled, and says for how long',
      { script: () => ({ status: 429, headers: { 'retry-after': '120' } }) },
      { kind: 'retry', why: 'Teams answered 429', afterMs: 120_000 },
    ],
    [
      'is throttled until a date',
      { script: () => ({ status: 429, headers: { 'retry-after': 'Sat, 21 Nov 2026 09:10:00 GMT' } }) },
      { kind: 'retry', why: 'Teams answered 429', afterMs: 600_000 },
    ],
    ['is overloaded', { script: () => ({ status: 503 }) }, { kind: 'retry', why: 'Teams answered 503' }],
    ['took too long', { script: () => ({ status: 408 }) }, { kind: 'retry', why: 'Teams answered 408' }],
    ['is asked too early', { script: () => ({ status: 425 }) }, { kind: 'retry', why: 'Teams answered 425' }],
    [
      'has a policy of the tenant before it',
      { script: () => ({ status: 403 }) },
      {
        kind: 'permanent',
        why: 'Teams answered 403: the trigger of the flow does not let anyone post, or a policy blocks it',
      },
    ],
    [
      'answers with a redirect',
      { script: () => ({ status: 302, headers: { location: 'http://169.254.169.254/' } }) },
      { kind: 'permanent', why: 'Teams answered 302: redirects are not followed' },
    ],
    [
      'answers as nothing that is known',
      { script: () => ({ status: 418 }) },
      { kind: 'permanent', why: 'Teams answered 418' },
    ],
  ])('channel-02: because it %s, is reported as that', async (_why, options, expected) => {
    const teams = await channel(options);
    const result = await post(teams);
    expect(result).toEqual(expected);
    // What is longer would end in the middle where the request shows it.
    expect('why' in result && result.why.length).toBeLessThanOrEqual(limits.contextName);
    expect(teams.posts()).toHaveLength(1);
    expect(teams.kept()).toEqual([]);
  });

  test('because it is not there, is tried again', async () => {
    const teams = await openTeams();
    await teams.close();
    expect(await post(teams)).toMatchObject({ kind: 'retry' });
  });

  test('because its address was cut, is named without the address', async () => {
    const teams = await channel();
    const [path = ''] = teams.webhookUrl.split('?');
    const result = await post({ webhookUrl: path });
    expect(result).toMatchObject({ kind: 'permanent' });
    expect(JSON.stringify(result)).not.toMatch(/workflows|invoke/);
  });

  test('because it hangs up, is tried again', async () => {
    expect(await post(await channel({ script: () => 'hangUp' }))).toMatchObject({ kind: 'retry' });
  });

  test('because it hangs, is left when the operator stops', async () => {
    const stop = new AbortController();
    const script = (): 'hang' => {
      stop.abort();
      return 'hang';
    };
    expect(await post(await channel({ script }), { signal: stop.signal })).toMatchObject({ kind: 'retry' });
  });
});

describe('the address of a flow, which is a secret', () => {
  const secret = 'https://example.com/workflows/abc/triggers/manual/paths/invoke?sig=very-secret';
  const failing = (error: Error): Egress => ({
    async post() {
      throw error;
    },
  });
  const send = (error: Error): Promise<SendResult> =>
    teamsProvider({ name: 'releases', webhookUrl: secret, raw: false }, failing(error), () => now).send(
      channelMessage('requested'),
      to,
    );

  test('channel-12: is in no result, whatever went wrong', async () => {
    const result = await send(new TypeError(`cannot parse ${secret}`));
    expect(result).toEqual({ kind: 'retry', why: 'the request could not be made' });
  });

  test('channel-12: is not in what is told of a flow that repeats it', async () => {
    const body = JSON.stringify({ error: { code: 'WorkflowNotFound', message: secret } });
    const teams = await channel({ script: () => ({ status: 404, body }) });
    expect(JSON.stringify(await post(teams))).not.toMatch(/very-secret|workflows/);
  });

  test('channel-10: what our own rules refuse is told in their words, and tried again when they change', async () => {
    const error = new EgressError('refused', 'example.com is not on the internet');
    expect(await send(error)).toEqual({ kind: 'retry', why: 'example.com is not on the internet' });
  });
});
