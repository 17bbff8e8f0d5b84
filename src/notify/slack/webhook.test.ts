import { afterEach, describe, expect, test } from 'vitest';
import {
  byWebhook,
  channelMessage,
  closeAll,
  ownMessage,
  providerFor,
  started,
  toChannel,
  viewLink,
} from './fixture.ts';

afterEach(closeAll);

describe('a webhook of Slack', () => {
  test.each([
    ['invalid_payload', 'permanent', 'Slack answered 400: invalid_payload'],
    [
      'action_prohibited',
      'permanent',
      'Slack answered 403: action_prohibited (an administrator of Slack restricts this webhook)',
    ],
    ['no_service', 'permanent', 'Slack answered 404: no_service (the webhook was removed: make a new one)'],
    [
      'channel_is_archived',
      'permanent',
      'Slack answered 410: channel_is_archived (make a webhook for another channel)',
    ],
    ['rollup_error', 'retry', 'Slack answered 500: rollup_error'],
  ])('channel-02: answers %s: %s', async (word, kind, why) => {
    const path = '/services/T0DEMO/B0DEMO/fakeWebhookSecret0123456789';
    const slack = await started({ closed: { [path]: word } });
    const result = await providerFor(slack, byWebhook).send(channelMessage('requested'), toChannel);
    expect(result).toEqual({ kind, why });
    expect(why.length).toBeLessThanOrEqual(128);
  });

  test('channel-04: gets no button, not even where a link could be one', async () => {
    const slack = await started();
    await providerFor(slack, byWebhook).send(channelMessage('requested'), toChannel);
    expect(slack.calls()[0]?.body).not.toContain('"actions"');
    expect(slack.calls()[0]?.body).toContain(`<${viewLink}|Open the request>`);
  });

  test('is told nothing of the machine that we run on', async () => {
    const slack = await started();
    await providerFor(slack, byWebhook).send(channelMessage('requested'), toChannel);
    expect(slack.calls()[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'tekton-approvals',
    });
  });

  test('reaches nobody alone', async () => {
    const slack = await started();
    const result = await providerFor(slack, byWebhook).send(ownMessage('requested'), {
      ...toChannel,
      address: 'U0ANN',
    });
    expect(result).toEqual({
      kind: 'permanent',
      why: 'a webhook of Slack reaches a channel, and nobody alone',
    });
    expect(slack.calls()).toEqual([]);
  });
});
