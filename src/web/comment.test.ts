import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann, bob, type FakeCluster } from '../../test/fakes/fake-cluster.ts';

let site: FakeSite;
let cluster: FakeCluster;
let browser: FakeBrowser;

beforeEach(async () => {
  site = await startSite();
  ({ cluster } = site);
  browser = site.browser();
});

afterEach(async () => site.close());

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</textarea><form action=https://evil.example>',
  '{{7*7}} ${7*7} <%= 7*7 %>',
  "' onmouseover='alert(1)",
  '<!-- --><base href=//evil.example>',
];

const harmless = 'just words';

/** The markup of a page without its texts: hostile words must not have become part of it. */
function markupOf(body: string): string[] {
  const tags = [...body.matchAll(/<[a-z/!][^>]*>/giu)].map(([tag]) => tag);
  return tags.map((tag) => tag.replace(/(name="(?:csrf|nonce)" value=)"[^"]*"/u, '$1'));
}

describe('H20: hostile text is shown as text', () => {
  async function sentBack(comment: string): Promise<string> {
    cluster.addTask();
    const long = `${comment}${'x'.repeat(1_025)}`;
    const page = await browser.answer(await browser.open(cluster.link()), { comment: long });
    expect(page.status).toBe(422);
    expect(textOf(page.body)).toContain(long);
    return page.body;
  }

  it.each(hostile)('%s as a comment that is sent back to be mended', async (comment) => {
    expect(markupOf(await sentBack(comment))).toEqual(markupOf(await sentBack(harmless)));
    expect(cluster.created).toHaveLength(0);
  });

  async function readByOthers(comment: string): Promise<string> {
    cluster.addTask({ strategy: 'MULTI' });
    cluster.decisions.clear();
    await browser.answer(await browser.open(cluster.link(ann)), { comment });
    const page = await site.browser().open(cluster.link(bob));
    expect(textOf(page.body)).toContain(comment);
    return page.body;
  }

  it.each(hostile)('%s as a comment that others read', async (comment) => {
    expect(markupOf(await readByOthers(comment))).toEqual(markupOf(await readByOthers(harmless)));
  });

  async function writtenByThePipeline(text: string): Promise<string> {
    const context = [{ name: text, value: text }];
    const requester = { name: text, certainty: 'asserted' } as const;
    cluster.addTask({ description: text, pipeline: text, context, requester });
    return (await browser.open(cluster.link())).body;
  }

  it.each(hostile)('%s in all that a pipeline may write', async (text) => {
    expect(markupOf(await writtenByThePipeline(text))).toEqual(
      markupOf(await writtenByThePipeline(harmless)),
    );
  });
});

function textOf(body: string): string {
  const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return body.replaceAll(/&(lt|gt|quot|#39|amp);/gu, (_all, name: string) => entities[name] ?? '');
}

describe('H25: a comment', () => {
  beforeEach(() => {
    cluster.addTask();
  });

  it('H25: of 1 MB is not taken', async () => {
    const form = await browser.open(cluster.link());
    const page = await browser.answer(form, { comment: 'x'.repeat(1_000_000) });
    expect(page.status).toBe(413);
    expect(page.body).not.toContain('xxxx');
    expect(cluster.created).toHaveLength(0);
  });

  it.each([
    ['1 024 characters', 'x'.repeat(1_024)],
    ['2 KiB in UTF-8', '\u00e4'.repeat(1_024)],
    ['512 emoji', '\u{1f600}'.repeat(512)],
  ])('of %s is taken whole', async (_what, comment) => {
    await browser.answer(await browser.open(cluster.link()), { comment });
    expect(cluster.task().status?.responses?.[0]?.comment).toBe(comment);
  });

  it.each([
    ['1 025 characters', 'x'.repeat(1_025)],
    ['more than 2 KiB in UTF-8', '\u20ac'.repeat(683)],
    ['513 emoji', '\u{1f600}'.repeat(513)],
  ])('of %s is sent back with what was typed, and nothing is recorded', async (_what, comment) => {
    const page = await browser.answer(await browser.open(cluster.link()), { comment });
    expect(page.status).toBe(422);
    expect(page.body).toContain(comment);
    expect(cluster.created).toHaveLength(0);
    const mended = await browser.answer(page, { comment: 'short' });
    expect(mended.body).toContain('was counted');
  });

  it('H25: keeps its lines and loses control characters, so that no terminal obeys it', async () => {
    const comment = 'one\r\ntwo\t\u001b[31mred\u001b[0m\u0007\u0000 \u009b1A';
    await browser.answer(await browser.open(cluster.link()), { comment });
    expect(cluster.created[0]?.spec.comment).toBe('one\ntwo\t[31mred[0m 1A');
  });

  it('that is no well-formed text does no harm', async () => {
    const form = await browser.open(cluster.link());
    const answered = await browser.answer(
      form,
      {},
      {
        body: `${new URLSearchParams({ ...fieldsOf(form.body), decision: 'approve' }).toString()}&comment=%ED%A0%80%FF%C0%80`,
      },
    );
    expect(answered.status).toBe(200);
    expect(cluster.created[0]?.spec.comment).not.toMatch(/\p{Cs}/u);
  });
});

function fieldsOf(body: string): Record<string, string> {
  const tags = [...body.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/gu)];
  return Object.fromEntries(tags.map(([, name = '', value = '']) => [name, value]));
}

describe('a comment that is needed', () => {
  it.each([
    ['always', 'approve', '', 422],
    ['always', 'reject', '   ', 422],
    ['always', 'approve', '\u200b\u2060\ufeff', 422],
    ['always', 'approve', 'seen', 200],
    ['reject', 'reject', '', 422],
    ['reject', 'reject', 'no', 200],
    ['reject', 'approve', '', 200],
    ['never', 'reject', '', 200],
  ] as const)('%s: %s with %j is %i', async (...[commentRequired, decision, comment, status]) => {
    cluster.addTask({ commentRequired });
    const page = await browser.answer(await browser.open(cluster.link()), { decision, comment });
    expect(page.status).toBe(status);
    expect(cluster.created).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('who may still answer', () => {
  it('H14: the second of four eyes not from the browser of the first', async () => {
    cluster.addTask({ strategy: 'FOUR_EYES' });
    await browser.answer(await browser.open(cluster.link(ann)));
    const second = await browser.answer(await browser.open(cluster.link(bob)));
    expect(second.status).toBe(403);
    expect(cluster.task().status?.outcome).toBeUndefined();
    const own = site.browser();
    const answered = await own.answer(await own.open(cluster.link(bob)));
    expect(answered.status).toBe(200);
    expect(cluster.task().status?.outcome).toBe('approved');
  });

  it('nobody by a link that a group shares, where four eyes are asked', async () => {
    cluster.addTask({ strategy: 'FOUR_EYES', groups: ['ops@example.com'] });
    const page = await browser.open(cluster.link('ops@example.com'));
    expect(page.status).toBe(200);
    expect(page.body).toContain('Release 2.4');
    expect(page.body).not.toContain('<form');
  });

  it('the first of four eyes only to reject', async () => {
    cluster.addTask({ strategy: 'FOUR_EYES' });
    const form = await browser.open(cluster.link(ann));
    await browser.answer(form);
    const again = await browser.open(form.path);
    expect(again.body).toContain('value="reject"');
    expect(again.body).not.toContain('value="approve"');
    await browser.answer(again, { decision: 'approve' });
    expect(cluster.created).toHaveLength(1);
    await browser.answer(again, { decision: 'reject' });
    expect(cluster.task().status?.outcome).toBe('rejected');
  });
});
