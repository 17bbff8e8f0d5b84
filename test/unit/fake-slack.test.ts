import { afterEach, describe, expect, test } from 'vitest';
import { startSlack, type FakeSlack } from '../fakes/slack.ts';
import { pingsOf, refusalOf } from '../fakes/slack-rules.ts';

const text = (length: number): string => 'x'.repeat(length);
const plain = (length: number): object => ({ type: 'plain_text', text: text(length) });
const mrkdwn = (length: number): object => ({ type: 'mrkdwn', text: text(length) });
const section = (length: number): object => ({ type: 'section', text: mrkdwn(length) });
const rich = (piece: object): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [piece] }],
});
const button = (more: object): object => ({
  type: 'actions',
  elements: [{ type: 'button', text: plain(75), url: 'https://a.example', ...more }],
});

describe('the fake Slack takes', () => {
  test.each<[string, object]>([
    ['a text alone', { text: 'x' }],
    ['a section of 3,000 characters', { blocks: [section(3000)] }],
    ['a header of 150', { blocks: [{ type: 'header', text: plain(150) }] }],
    ['ten elements of context', { blocks: [{ type: 'context', elements: Array(10).fill(mrkdwn(1)) }] }],
    ['50 blocks', { blocks: Array(50).fill(section(1)) }],
    ['rich text', { blocks: [rich({ type: 'text', text: 'x', style: { bold: true } })] }],
  ])('%s', (_what, posted) => {
    expect(refusalOf(posted, 'webhook')).toBeUndefined();
    expect(refusalOf(posted, 'app')).toBeUndefined();
  });

  test('a button of an app, and none of a webhook', () => {
    expect(refusalOf({ blocks: [button({})] }, 'app')).toBeUndefined();
    expect(refusalOf({ blocks: [button({})] }, 'webhook')).toBe('invalid_blocks');
  });
});

describe('the fake Slack refuses', () => {
  test.each<[string, string, object]>([
    ['nothing at all', 'no_text', {}],
    ['an empty text', 'no_text', { text: '', blocks: [] }],
    ['a text of 40,001 characters', 'msg_too_long', { text: text(40_001) }],
    ['blocks as text', 'invalid_blocks_format', { blocks: '[]' }],
    ['51 blocks', 'invalid_blocks', { blocks: Array(51).fill(section(1)) }],
    ['a block that there is not', 'invalid_blocks', { blocks: [{ type: 'paragraph', text: plain(1) }] }],
    ['a field that there is not', 'invalid_blocks', { blocks: [{ ...section(1), colour: 'red' }] }],
    ['a section of 3,001 characters', 'invalid_blocks', { blocks: [section(3001)] }],
    ['a section without a text', 'invalid_blocks', { blocks: [section(0)] }],
    ['a header of 151 characters', 'invalid_blocks', { blocks: [{ type: 'header', text: plain(151) }] }],
    ['a header with markup', 'invalid_blocks', { blocks: [{ type: 'header', text: mrkdwn(1) }] }],
    [
      'eleven elements',
      'invalid_blocks',
      { blocks: [{ type: 'context', elements: Array(11).fill(plain(1)) }] },
    ],
    ['empty rich text', 'invalid_blocks', { blocks: [{ type: 'rich_text', elements: [] }] }],
    ['rich text without a character', 'invalid_blocks', { blocks: [rich({ type: 'text', text: '' })] }],
    ['a button of 76 characters', 'invalid_blocks', { blocks: [button({ text: plain(76) })] }],
    ['a URL of more than 3,000', 'invalid_blocks', { blocks: [button({ url: `https://${text(3000)}` })] }],
    ['a URL of another kind', 'invalid_blocks', { blocks: [button({ url: 'javascript:alert(1)' })] }],
    ['more than 13,200 in sum', 'msg_blocks_too_long', { blocks: Array(5).fill(section(2700)) }],
  ])('%s: %s', (_what, word, posted) => {
    expect(refusalOf(posted, 'app')).toBe(word);
  });
});

test.each<[object, readonly string[]]>([
  [{ text: 'to <!channel> and <@U1>' }, ['<!channel>', '<@U1>']],
  [{ text: 'to @here' }, []],
  [{ text: 'to @here', parse: 'full' }, ['@here']],
  [{ text: 'to @ann', link_names: true }, ['@ann']],
  [{ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: '<!here>' } }] }, ['<!here>']],
  [{ blocks: [rich({ type: 'text', text: '<!here>' })] }, []],
  [{ blocks: [rich({ type: 'broadcast', range: 'here' })] }, ['broadcast']],
])('the fake Slack sees whom %j notifies', (posted, pings) => {
  expect(pingsOf(posted)).toEqual(pings);
});

describe('the fake workspace', () => {
  let slack: FakeSlack | undefined;
  afterEach(() => slack?.close());

  async function call(method: string, init: RequestInit): Promise<unknown> {
    slack ??= await startSlack();
    return (await fetch(`${slack.apiUrl}/${method}`, { method: 'POST', ...init })).json();
  }

  test('says what is wrong with a request, each time with 200', async () => {
    slack = await startSlack();
    const json = { 'content-type': 'application/json; charset=utf-8' };
    const known = { ...json, authorization: `Bearer ${slack.botToken}` };
    const hello = { channel: slack.conversation, text: 'hello' };
    const post = (headers: Record<string, string>, body: object | string): Promise<unknown> =>
      call('chat.postMessage', { headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
    expect(await post({ ...known, 'content-type': 'text/plain' }, hello)).toMatchObject({
      error: 'invalid_post_type',
    });
    expect(await post({ ...known, 'content-type': 'application/json' }, hello)).toMatchObject({
      error: 'invalid_charset',
    });
    expect(await post(json, hello)).toMatchObject({ error: 'not_authed' });
    expect(await post({ ...known, authorization: 'Bearer other' }, hello)).toMatchObject({
      error: 'invalid_auth',
    });
    expect(await post(known, '{')).toMatchObject({ error: 'json_not_object' });
    expect(await post(known, { ...hello, channel: 'C0OTHER' })).toMatchObject({ error: 'channel_not_found' });
    expect(await post(known, { ...hello, thread_ts: '1.2' })).toMatchObject({
      error: 'cannot_reply_to_message',
    });
    expect(await post(known, hello)).toMatchObject({ ok: true, channel: slack.conversation });
    expect(await call('chat.rename', { headers: known, body: '{}' })).toMatchObject({
      error: 'unknown_method',
    });
  });

  test('has a webhook at one path alone, which wants JSON', async () => {
    slack = await startSlack();
    const answers = await Promise.all([
      fetch(`${slack.webhookUrl}x`, { method: 'POST', body: '{"text":"x"}' }),
      fetch(slack.webhookUrl, { method: 'POST', body: 'text=x' }),
      fetch(slack.webhookUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      }),
    ]);
    const told = await Promise.all(answers.map(async (one) => [one.status, await one.text()]));
    expect(told).toEqual([
      [404, 'no_service'],
      [400, 'invalid_payload'],
      [400, 'no_text'],
    ]);
  });

  test('shows what it took, every text as text', async () => {
    slack = await startSlack();
    const blocks = [
      { type: 'section', text: { type: 'mrkdwn', text: '*<https://a.example/?a=1&amp;b|Open>* <!here>' } },
      rich({ type: 'text', text: '<script>alert(1)</script>' }),
    ];
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ text: '<javascript:alert(1)|x>', blocks });
    await fetch(slack.webhookUrl, { method: 'POST', headers, body });
    const page = await (await fetch(new URL('/', slack.webhookUrl))).text();
    expect(page).toContain('<b><a href="https://a.example/?a=1&amp;b">Open</a></b>');
    expect(page).toContain('<mark>!here</mark>');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toMatch(/<script|href="javascript/u);
  });
});
