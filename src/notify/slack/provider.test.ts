import { afterEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../../test/fakes/certificate.ts';
import type { SlackOptions } from '../../../test/fakes/slack.ts';
import { cutSentence } from './card.ts';
import {
  asApp,
  byWebhook,
  channelMessage,
  closeAll,
  ownLink,
  ownMessage,
  providerFor,
  started,
  toChannel,
  viewLink,
} from './fixture.ts';

afterEach(closeAll);

describe.each([
  ['by webhook', byWebhook],
  ['as an app', asApp],
] as const)('a channel of Slack %s', (_name, way) => {
  test.each([
    'requested',
    'secondStepRequested',
    'reminder',
    'decided',
    'rejected',
    'timedOut',
    'cancelled',
  ] as const)('is told of %s, once', async (kind) => {
    const slack = await started();
    const message = channelMessage(kind);
    expect(await providerFor(slack, way).send(message, toChannel)).toMatchObject({ kind: 'sent' });
    expect(slack.messages()).toMatchObject([{ edits: 0, pings: [], threadTs: undefined }]);
    expect(slack.messages()[0]?.text).toContain(message.lead);
    expect(JSON.stringify(slack.messages()[0]?.blocks)).toContain(viewLink);
    expect(slack.calls()).toHaveLength(1);
  });

  test.each<[string, { status: number; headers?: Record<string, string> }, number | undefined]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '30' } }, 30_000],
    ['429 with a date', { status: 429, headers: { 'retry-after': 'Sat, 21 Nov 2026 09:01:00 GMT' } }, 60_000],
    ['429 without a time', { status: 429 }, undefined],
    ['500', { status: 500 }, undefined],
    ['503 with seconds', { status: 503, headers: { 'retry-after': '5' } }, 5000],
    ['408', { status: 408 }, undefined],
    ['425', { status: 425 }, undefined],
  ])('channel-02: %s is worth another try, when Slack says', async (_what, answer, afterMs) => {
    const slack = await started({ script: () => ({ ...answer, body: 'secret-looking body' }) });
    expect(await providerFor(slack, way).send(channelMessage('requested'), toChannel)).toEqual({
      kind: 'retry',
      why: `Slack answered ${String(answer.status)}`,
      ...(afterMs !== undefined && { afterMs }),
    });
    expect(slack.calls()).toHaveLength(1);
  });

  test.each([400, 403, 404, 410, 418])('channel-02: %i is for good', async (status) => {
    const slack = await started({ script: () => ({ status, body: '<p>No.</p>' }) });
    expect(await providerFor(slack, way).send(channelMessage('requested'), toChannel)).toEqual({
      kind: 'permanent',
      why: `Slack answered ${String(status)}`,
    });
  });

  test('H58: a redirect is not followed', async () => {
    const headers = { location: 'http://169.254.169.254/latest/meta-data' };
    const slack = await started({ script: () => ({ status: 301, headers }) });
    expect(await providerFor(slack, way).send(channelMessage('requested'), toChannel)).toEqual({
      kind: 'permanent',
      why: 'Slack answered 301',
    });
    expect(slack.calls()).toHaveLength(1);
  });

  test('an answer of somebody between Slack and us is no delivery', async () => {
    const slack = await started({ script: () => ({ status: 200, body: '<h1>Please log in</h1>' }) });
    const result = await providerFor(slack, way).send(channelMessage('requested'), toChannel);
    expect(result).toMatchObject({ kind: 'retry', why: expect.stringMatching(/^Slack answered/) as string });
  });

  test.each(['hang', 'cut'] as const)('a server that does this is tried again: %s', async (fault) => {
    const slack = await started({ script: () => fault });
    const provider = providerFor(slack, way, fault === 'hang' ? { timeoutMs: 200 } : {});
    expect(await provider.send(channelMessage('requested'), toChannel)).toMatchObject({ kind: 'retry' });
    expect(slack.calls()).toHaveLength(1);
  });

  test('a signal ends it', async () => {
    const stop = new AbortController();
    const slack = await started({
      script: () => {
        stop.abort();
        return 'hang';
      },
    });
    const result = await providerFor(slack, way).send(channelMessage('requested'), toChannel, stop.signal);
    expect(result).toMatchObject({ kind: 'retry', why: 'the request to 127.0.0.1 was stopped' });
  });

  test('what our own rules do not let out waits for a mended configuration, and says what to mend', async () => {
    const slack = await started();
    const result = await providerFor(slack, way, { allow: [] }).send(channelMessage('requested'), toChannel);
    expect(result).toMatchObject({ kind: 'retry', why: expect.stringContaining('egress.allow') as string });
    expect(slack.calls()).toEqual([]);
  });

  test('over TLS only with a certificate that is trusted', async () => {
    const tls = issueCertificate({ commonName: 'slack', hosts: ['127.0.0.1'] });
    const slack = await started({ tls });
    const strange = await providerFor(slack, way).send(channelMessage('requested'), toChannel);
    expect(strange).toMatchObject({
      kind: 'retry',
      why: expect.stringContaining('no secure connection') as string,
    });
    const provider = providerFor(slack, way, { authorities: [tls.cert] });
    expect(await provider.send(channelMessage('requested'), toChannel)).toMatchObject({ kind: 'sent' });
  });

  test('H21: words without end and full of markup arrive as text', async () => {
    const slack = await started();
    const description = '<!channel> *x* &amp; '.repeat(190);
    const context = Array.from({ length: 32 }, () => ({ name: '<@U1>', value: '\u{1f680}'.repeat(1024) }));
    const message = channelMessage('requested', { description, context });
    expect(await providerFor(slack, way).send(message, toChannel)).toMatchObject({ kind: 'sent' });
    const [arrived] = slack.messages();
    expect(arrived?.pings).toEqual([]);
    expect(JSON.stringify(arrived?.blocks)).toContain(description.trim());
    expect(JSON.stringify(arrived?.blocks)).toContain(cutSentence);
  });

  test('channel-07: a link of one person is not posted where others read', async () => {
    const slack = await started();
    expect(await providerFor(slack, way).send(ownMessage('requested'), toChannel)).toMatchObject({
      kind: 'sent',
    });
    expect(slack.calls()[0]?.body).not.toContain(ownLink);
  });

  test('Slack is asked to fetch no link, and to read no markup in the text', async () => {
    const slack = await started();
    await providerFor(slack, way).send(channelMessage('requested'), toChannel);
    expect(slack.messages()[0]?.posted).toMatchObject({
      unfurl_links: false,
      unfurl_media: false,
      mrkdwn: false,
    });
  });

  test.each<[string, SlackOptions['script']]>([
    ['repeats all that it was sent', ({ to, body }) => ({ status: 403, body: `${to} ${body}` })],
    ['repeats the token', ({ headers }) => ({ status: 500, body: String(headers.authorization) })],
    [
      'says that it is none of them',
      ({ to, headers }) => ({
        status: 200,
        body: JSON.stringify({ ok: false, error: `${to} ${String(headers.authorization)}` }),
      }),
    ],
    ['says nothing', () => 'cut'],
  ])('H65: neither path, token, link nor words get out where a server %s', async (_what, script) => {
    const slack = await started({ ...(script && { script }) });
    const words = { description: 'the-words-of-the-author' };
    const result = await providerFor(slack, way).send(channelMessage('requested', words), toChannel);
    const told = JSON.stringify(result);
    for (const secret of [
      'services',
      'fakeWebhookSecret',
      'fakeBotToken',
      'xoxb',
      viewLink,
      words.description,
    ])
      expect(told).not.toContain(secret);
  });
});
