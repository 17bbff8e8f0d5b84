import { afterEach, describe, expect, test } from 'vitest';
import {
  asApp,
  channelMessage,
  closeAll,
  egressTo,
  ownLink,
  ownMessage,
  providerFor,
  started,
  toChannel,
  viewLink,
} from './fixture.ts';
import { slackProvider } from './provider.ts';

afterEach(closeAll);

describe('an app of Slack', () => {
  test.each([
    ['ratelimited', 'retry', ''],
    ['internal_error', 'retry', ''],
    ['fatal_error', 'retry', ''],
    ['service_unavailable', 'retry', ''],
    ['request_timeout', 'retry', ''],
    ['team_added_to_org', 'retry', ''],
    ['invalid_auth', 'retry', ' (check the bot token)'],
    ['token_revoked', 'retry', ' (the token was revoked: set a new one)'],
    ['missing_scope', 'retry', ' (give the app the scope chat:write and install it again)'],
    ['not_in_channel', 'retry', ' (invite the app to the channel)'],
    ['ekm_access_denied', 'retry', ''],
    ['two_factor_setup_required', 'retry', ''],
    ['channel_not_found', 'permanent', ' (check the id of the channel, and invite the app if it is private)'],
    ['is_archived', 'permanent', ' (the channel is archived)'],
    ['invalid_blocks', 'permanent', ''],
    ['msg_blocks_too_long', 'permanent', ''],
    ['restricted_action', 'permanent', ''],
    ['a_word_of_next_year', 'permanent', ''],
  ])('H58: 200 with ok:false and %s: %s', async (word, kind, remedy) => {
    const slack = await started({ closed: { C0RELEASES: word } });
    const result = await providerFor(slack, asApp).send(channelMessage('requested'), toChannel);
    expect(result).toEqual({ kind, why: `Slack refused the message: ${word}${remedy}` });
    expect(result).toMatchObject({ why: expect.stringMatching(/^.{1,128}$/) as string });
  });

  test('channel-02: 200 with ok:false that says when is left alone until then', async () => {
    const body = JSON.stringify({ ok: false, error: 'ratelimited' });
    const slack = await started({ script: () => ({ status: 200, headers: { 'retry-after': '30' }, body }) });
    const result = await providerFor(slack, asApp).send(channelMessage('requested'), toChannel);
    expect(result).toEqual({
      kind: 'retry',
      why: 'Slack refused the message: ratelimited',
      afterMs: 30_000,
    });
  });

  test('a channel that is not there is for good', async () => {
    const slack = await started();
    const channel = { ...asApp(slack), conversation: 'C0GONE' };
    const provider = slackProvider(channel, egressTo(slack), { apiUrl: slack.apiUrl, now: Date.now });
    const result = await provider.send(channelMessage('requested'), toChannel);
    expect(result).toMatchObject({
      kind: 'permanent',
      why: expect.stringContaining('channel_not_found') as string,
    });
  });

  test('gets a button that opens the request, and decides nothing', async () => {
    const slack = await started();
    const result = await providerFor(slack, asApp).send(channelMessage('requested'), toChannel);
    const [message] = slack.messages();
    expect(result).toEqual({ kind: 'sent', ref: `C0RELEASES:${message?.ts ?? ''}` });
    const buttons = JSON.stringify(message?.blocks).match(/"type":"button"/gu);
    expect(buttons).toHaveLength(1);
    expect(JSON.stringify(message?.blocks)).toContain(`"url":"${viewLink}"`);
  });

  test('channel-07: writes to a person with the own link, and remembers the conversation', async () => {
    const slack = await started();
    const to = { ...toChannel, address: 'U0ANN' };
    const result = await providerFor(slack, asApp).send(ownMessage('requested'), to);
    const [message] = slack.messages();
    expect(result).toEqual({ kind: 'sent', ref: `D0ANN:${message?.ts ?? ''}` });
    expect(message?.conversation).toBe('D0ANN');
    expect(JSON.stringify(message?.blocks)).toContain(`"url":"${ownLink}"`);
  });

  test.each([
    ['a name', '@ann', true, 'not the id of a person in Slack'],
    ['a channel', 'C0RELEASES', true, 'not the id of a person in Slack'],
    ['somebody, where it is off', 'U0ANN', false, 'direct messages are off for this channel of Slack'],
  ])('does not write a direct message to %s', async (...[, address, directMessages, why]) => {
    const slack = await started();
    const channel = { ...asApp(slack), directMessages };
    const provider = slackProvider(channel, egressTo(slack), { apiUrl: slack.apiUrl, now: Date.now });
    expect(await provider.send(ownMessage('requested'), { ...toChannel, address })).toEqual({
      kind: 'permanent',
      why,
    });
    expect(slack.calls()).toEqual([]);
  });

  test('H65: sends its token in the header alone', async () => {
    const slack = await started();
    await providerFor(slack, asApp).send(channelMessage('requested'), toChannel);
    const [call] = slack.calls();
    expect(call?.headers.authorization).toBe(`Bearer ${slack.botToken}`);
    expect(`${call?.to ?? ''} ${call?.body ?? ''}`).not.toContain('xoxb');
  });
});
