import { afterEach, describe, expect, test } from 'vitest';
import type { FakeSlack, SlackOptions } from '../../../test/fakes/slack.ts';
import type { Message } from '../message.ts';
import type { Addressing, Provider } from '../provider.ts';
import { asApp, channelMessage, closeAll, ownMessage, providerFor, started, toChannel } from './fixture.ts';

afterEach(closeAll);

describe('the end of a request that an app told of', () => {
  /** Posts the request to a fake Slack, and returns what the end is told with. */
  async function asked(
    options: SlackOptions = {},
    first: Message = channelMessage('requested'),
    address = '',
  ): Promise<{ slack: FakeSlack; provider: Provider; ref: string; to: Addressing }> {
    const slack = await started(options);
    const provider = providerFor(slack, asApp);
    const result = await provider.send(first, { ...toChannel, address });
    if (result.kind !== 'sent' || result.ref === undefined) throw new Error('the request was not taken');
    const [ref, refs] = [result.ref, [result.ref]];
    return { slack, provider, ref, to: { id: 'n2', threadId: 'n1', address, refs } };
  }

  test.each(['decided', 'rejected', 'timedOut', 'cancelled'] as const)(
    'channel-04: %s: its message says so in place, without a button, and a reply tells who follows it',
    async (kind) => {
      const { slack, provider, ref, to } = await asked();
      const message = channelMessage(kind);
      expect(await provider.send(message, to)).toEqual({ kind: 'sent', ref });
      const [first, reply, ...others] = slack.messages();
      expect(others).toEqual([]);
      expect(first).toMatchObject({ edits: 1, pings: [] });
      expect(first?.text).toContain(message.lead);
      expect(JSON.stringify(first?.blocks)).not.toContain('"button"');
      expect(reply).toMatchObject({ edits: 0, threadTs: first?.ts, pings: [] });
      expect(reply?.text).toContain(message.title);
    },
  );

  describe('in several messages', () => {
    /** The second step and a reminder are told as well, and one of the messages is deleted. */
    async function askedAgain(
      gone?: number,
    ): Promise<{ slack: FakeSlack; tell: () => Promise<unknown>; refs: readonly string[] }> {
      const { slack, provider, to, ref } = await asked();
      const refs = [ref];
      for (const kind of ['secondStepRequested', 'reminder'] as const) {
        const result = await provider.send(channelMessage(kind), toChannel);
        refs.push(result.kind === 'sent' ? (result.ref ?? '') : '');
      }
      if (gone !== undefined) slack.remove(slack.messages()[gone]?.ts ?? '');
      return { slack, refs, tell: async () => provider.send(channelMessage('decided'), { ...to, refs }) };
    }
    const buttons = (slack: FakeSlack): boolean[] =>
      slack.messages().map(({ blocks }) => JSON.stringify(blocks).includes('"button"'));

    test('channel-04: leaves none of them with a button, and is told in one thread', async () => {
      const { slack, tell, refs } = await askedAgain();
      expect(buttons(slack)).toEqual([true, true, true]);
      expect(await tell()).toEqual({ kind: 'sent', ref: refs[0] });
      expect(buttons(slack)).toEqual([false, false, false, false]);
      expect(slack.messages().map(({ edits }) => edits)).toEqual([1, 1, 1, 0]);
      expect(slack.messages()[3]?.threadTs).toBe(slack.messages()[0]?.ts);
    });

    test('is told below the next where the first was deleted', async () => {
      const { slack, tell, refs } = await askedAgain(0);
      expect(await tell()).toEqual({ kind: 'sent', ref: refs[1] });
      expect(slack.messages().map(({ edits }) => edits)).toEqual([1, 1, 0]);
      expect(slack.messages()[2]?.threadTs).toBe(slack.messages()[0]?.ts);
    });
  });

  test('is told in the direct message, too', async () => {
    const { slack, provider, to } = await asked({}, ownMessage('requested'), 'U0ANN');
    expect(await provider.send(ownMessage('decided'), to)).toMatchObject({ kind: 'sent' });
    expect(slack.messages().map(({ conversation, edits }) => [conversation, edits])).toEqual([
      ['D0ANN', 1],
      ['D0ANN', 0],
    ]);
  });

  test('H21: names that Slack would look for in a changed message stay words', async () => {
    const { slack, provider, to } = await asked();
    await provider.send({ ...channelMessage('decided'), lead: '@here #general @channel approved.' }, to);
    expect(slack.messages().flatMap(({ pings }) => pings)).toEqual([]);
  });

  test('is posted anew where the first message was deleted', async () => {
    const { slack, provider, to } = await asked();
    slack.remove(slack.messages()[0]?.ts ?? '');
    const result = await provider.send(channelMessage('decided'), to);
    const [only, ...others] = slack.messages();
    expect(result).toEqual({ kind: 'sent', ref: `C0RELEASES:${only?.ts ?? ''}` });
    expect(others).toEqual([]);
    expect(only).toMatchObject({ threadTs: undefined, edits: 0 });
    expect(only?.text).toContain('Approved.');
  });

  test.each(['edit_window_closed', 'cant_update_message', 'block_mismatch', 'channel_not_found'])(
    'is posted anew where the first message may not be changed: %s',
    async (error) => {
      const body = JSON.stringify({ ok: false, error });
      const { slack, provider, to } = await asked({
        script: (call) => (call.to === 'chat.update' ? { status: 200, body } : undefined),
      });
      expect(await provider.send(channelMessage('decided'), to)).toMatchObject({ kind: 'sent' });
      expect(slack.messages().map(({ threadTs, edits }) => [threadTs, edits])).toEqual([
        [undefined, 0],
        [undefined, 0],
      ]);
    },
  );

  test('is posted anew where nobody may reply to the first message', async () => {
    const body = JSON.stringify({ ok: false, error: 'restricted_action_thread_locked' });
    const { slack, provider, to } = await asked({
      script: (call) => (call.body.includes('thread_ts') ? { status: 200, body } : undefined),
    });
    expect(await provider.send(channelMessage('decided'), to)).toMatchObject({ kind: 'sent' });
    expect(slack.messages().map(({ edits }) => edits)).toEqual([1, 0]);
  });

  test('is tried again as a whole where Slack is too busy for the reply', async () => {
    const busy = { status: 429, headers: { 'retry-after': '7' } };
    const { slack, provider, ref, to } = await asked({
      script: (call) => (call.to === 'chat.postMessage' && call.count === 2 ? busy : undefined),
    });
    const result = await provider.send(channelMessage('decided'), to);
    expect(result).toEqual({ kind: 'retry', why: 'Slack answered 429', afterMs: 7000 });
    expect(await provider.send(channelMessage('decided'), to)).toEqual({ kind: 'sent', ref });
    expect(slack.messages().map(({ edits }) => edits)).toEqual([2, 0]);
  });

  test.each([undefined, '', 'C0RELEASES', 'C0RELEASES:now', '../api:1.2', 'C0RELEASES:1.2/../x'])(
    'is posted where it is not known which message to change: %j',
    async (ref) => {
      const slack = await started();
      const to = { ...toChannel, ...(ref !== undefined && { refs: [ref] }) };
      expect(await providerFor(slack, asApp).send(channelMessage('decided'), to)).toMatchObject({
        kind: 'sent',
      });
      expect(slack.calls().map((call) => call.to)).toEqual(['chat.postMessage']);
    },
  );

  test('a reminder is a message of its own: a reply would reach those alone who follow the first', async () => {
    const { slack, provider, to } = await asked();
    await provider.send(channelMessage('reminder'), to);
    expect(slack.messages().map(({ threadTs, edits }) => [threadTs, edits])).toEqual([
      [undefined, 0],
      [undefined, 0],
    ]);
  });
});
