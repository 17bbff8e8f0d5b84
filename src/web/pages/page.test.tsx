import { describe, expect, test } from 'vitest';

import { refusalCodes, refusals } from '../../domain/refusal.ts';
import { taskOf } from '../../notify/fixture.ts';
import { topicOf } from '../../notify/wording.ts';
import { aContent, aForm, aRequest, hostile, pendingPage, samples } from './fixture.ts';
import type { Page } from './model.ts';
import { renderPage } from './page.tsx';

const base = '';
const named = Object.entries(samples).map(([name, sample]) => ({ name, ...sample }));

function htmlOf(page: Page, status?: number): string {
  return renderPage(page, { base, ...(status !== undefined && { status }) }).html;
}

/** What a reader reads: tags removed, entities resolved. */
function textOf(html: string): string {
  return html
    .replace(/^.*<body>/su, '')
    .replaceAll(/<[^>]*>/gu, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}

describe('statuses', () => {
  test.each([
    ['pending', 200],
    ['pending-problem', 422],
    ['counted', 200],
    ['recorded', 200],
    ['approved-by-this-answer', 200],
    ['approved-by-other', 200],
    ['lost', 409],
    ['read-only-late', 200],
    ['not-found', 404],
    ['gone', 410],
    ['mail-me', 200],
    ['mailed', 200],
    ['choose', 200],
    ['old-link', 200],
    ['too-many', 429],
    ['not-ready', 503],
    ['problem', 405],
  ])('%s is %i', (name, status) => {
    const sample = samples[name];
    if (sample === undefined) throw new Error(`no sample ${name}`);
    expect(renderPage(sample.page, { base, ...sample }).status).toBe(status);
  });

  test.each(refusalCodes)('refused %s has its own kind of no, and its sentence', (code) => {
    const forbidden = ['notListed', 'notAPerson', 'assuranceTooLow', 'badSeal', 'sharedLink', 'sameBrowser'];
    const isForbidden = [...forbidden, 'requesterMayNotApprove'].includes(code);
    const isUnfit = ['commentRequired', 'tooLong'].includes(code);
    const rendered = renderPage({ kind: 'refused', code, sentence: refusals[code] }, { base });
    expect(rendered.status).toBe(isForbidden ? 403 : isUnfit ? 422 : 409);
    expect(textOf(rendered.html)).toContain(refusals[code]);
    expect(textOf(rendered.html)).toContain('Your answer was not counted');
  });

  test('a page that waits looks again by itself and without a script', () => {
    const { headers } = renderPage({ kind: 'recorded', refreshTo: '/form/x/answers/y' }, { base });
    expect(headers).toEqual({ Refresh: '3; url=/form/x/answers/y' });
  });

  test.each([
    [0, '1'],
    [0.2, '1'],
    [90, '90'],
  ])('%d seconds to wait become Retry-After: %s', (retryAfterSeconds, header) => {
    const { headers } = renderPage({ kind: 'tooMany', retryAfterSeconds }, { base });
    expect(headers).toEqual({ 'Retry-After': header });
  });
});

describe.each(named)('the page $name', ({ page, status }) => {
  const html = htmlOf(page, status);

  test('has nothing inline and nothing that runs but our one script', () => {
    expect(html).not.toMatch(/<style|\sstyle=|javascript:/u);
    expect(html.match(/<script[^>]*>[^<]*<\/script>/gu)).toEqual([
      '<script src="/assets/local-time.js" defer></script>',
    ]);
    const tags = html.match(/<[a-z][^>]*>/gu) ?? [];
    expect(tags.filter((tag) => /\son\w+=/u.test(tag.replaceAll(/"[^"]*"/gu, '""')))).toEqual([]);
  });

  test('refers to nothing outside itself', () => {
    const targets = [...html.matchAll(/\s(?:href|src|action)="([^"]*)"/gu)].map(([, target]) => target ?? '');
    expect(targets.length).toBeGreaterThan(1);
    for (const target of targets) expect(target).toMatch(/^(?:\/(?!\/)|#)/u);
  });

  test('has a language, one heading of the first level, and a title that begins with the state', () => {
    expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/u);
    expect(html.match(/<h1>/gu)).toHaveLength(1);
    expect(html).toMatch(/<title>\S.* · Tekton Approvals<\/title>/u);
  });
});

test('a prefix stands before style sheet and script', () => {
  const { html } = renderPage({ kind: 'mailed' }, { base: '/approvals' });
  expect(html).toContain('href="/approvals/assets/style.css"');
  expect(html).toContain('src="/approvals/assets/local-time.js"');
});

describe('the form', () => {
  test('posts the fields that protect it, and one of two decisions', () => {
    const html = htmlOf(pendingPage());
    expect(html).toContain('<form method="post" action="/form/7Yx1">');
    expect(html).toContain('<input type="hidden" name="csrf" value="csrf-of-the-session"/>');
    expect(html).toContain('<input type="hidden" name="nonce" value="nonce-of-the-form"/>');
    expect(html.match(/name="decision" value="\w+"/gu)).toEqual([
      'name="decision" value="approve"',
      'name="decision" value="reject"',
    ]);
  });

  test('says who answers, until when, and what each button does', () => {
    const text = textOf(htmlOf(pendingPage()));
    expect(text).toContain('You answer as alice@bank.example');
    expect(text).toContain(
      'Answer within 3 hours , before 2026-11-21 14:30 UTC . Then this request times out.',
    );
    expect(text).toContain('Approve The pipeline goes on.');
    expect(text).toContain('Reject The request ends at once, and the pipeline run fails.');
  });

  test('sets what the operator read apart from what the author wrote', () => {
    const text = textOf(htmlOf(pendingPage()));
    const facts = text.indexOf('What is waiting');
    const words = text.indexOf('written by its author, not checked');
    expect(text.indexOf('deploy-payments-x7k2p')).toBeGreaterThan(facts);
    expect(text.indexOf('deploy-payments-x7k2p')).toBeLessThan(words);
    expect(text.indexOf('Deploy payments 4.2.0')).toBeGreaterThan(words);
  });

  test('offers only a rejection to somebody who approved before', () => {
    const html = htmlOf(pendingPage({ approvedBefore: true }));
    expect(html).not.toContain('value="approve"');
    expect(html).toContain('value="reject"');
    expect(textOf(html)).toContain('You have already approved this request.');
    expect(html).toMatch(/<title>Waiting for others: /u);
  });

  test('says whose approval a second one follows', () => {
    const text = textOf(htmlOf(pendingPage({ follows: 'bob@bank.example' })));
    expect(text).toContain('the second of two. It follows the approval of bob@bank.example');
  });

  test.each([
    ['never', false, 'optional', []],
    ['reject', false, 'needed to reject', ['approve']],
    ['reject', true, 'needed', []],
    ['always', false, 'needed', []],
  ] as const)('where a comment is required %s (approved before: %s) it says "%s"', (...row) => {
    const [commentRequired, approvedBefore, words, unchecked] = row;
    const html = htmlOf(pendingPage({ commentRequired, approvedBefore }));
    expect(textOf(html)).toContain(
      `Comment ( ${words} )`.replaceAll(/\( | \)/gu, (bracket) => bracket.trim()),
    );
    expect(/<textarea[^>]* required/u.test(html)).toBe(commentRequired !== 'never');
    const skipping = [...html.matchAll(/value="(\w+)"[^>]*formNoValidate/giu)].map(([, value]) => value);
    expect(skipping).toEqual(unchecked);
  });

  test('keeps what was typed when it comes back', () => {
    const html = htmlOf(
      pendingPage({ problem: { sentence: 'This answer needs a comment.', comment: ' a <b> ' } }),
    );
    expect(html).toContain('> a &lt;b> </textarea>');
    expect(textOf(html)).toContain('Your answer was not recorded This answer needs a comment.');
  });
});

describe('what is said of an outcome', () => {
  const texts = Object.fromEntries(
    named.map(({ name, page, status }) => [name, textOf(htmlOf(page, status))]),
  );

  test.each([
    ['counted', 'Your approval was counted The request is not settled yet'],
    ['counted', 'The others have to answer within 3 hours , before'],
    ['recorded', 'Your answer is recorded, but not yet counted'],
    [
      'approved-by-this-answer',
      'Approved Your approval was counted and settled the request. The pipeline goes on.',
    ],
    ['approved-by-other', 'Approved bob@bank.example approved it at 2026-11-21 11:05 UTC'],
    ['read-only-late', 'The time to answer ended at 2026-11-21 11:29 UTC'],
    ['read-only-shared-link', 'You can look, but not answer here'],
    ['rejected-by-this-answer', 'Rejected Your rejection was counted and settled the request.'],
    ['rejected-by-other', 'Rejected carol@bank.example rejected it at 2026-11-21 11:26 UTC'],
    [
      'lost',
      'Your answer was not counted The request was settled before it arrived. carol@bank.example rejected it',
    ],
    [
      'timed-out',
      'Timed out at 2026-11-21 11:28 UTC . The deadline passed without the answers it needed. It was not approved.',
    ],
    ['rejected-by-other', 'The pipeline is told so. What it does then is up to its author.'],
    ['cancelled', 'It ended before enough people had answered. It was not approved.'],
    ['read-only-late', 'The result is being worked out; load this page again in a minute.'],
    ['read-only-shared-link', 'Answer with kubectl.'],
    ['cancelled', 'Cancelled at 2026-11-21 11:28 UTC . The pipeline run was cancelled.'],
    ['invalid', 'Ended as invalid at 2026-11-21 11:28 UTC . The approvers were changed'],
  ])('%s: %s', (name, sentence) => {
    expect(texts[name]).toContain(sentence);
  });

  test('no page but that of an approved request has "Approved" as its state', () => {
    const approved = named.filter(({ page, status }) => {
      const html = htmlOf(page, status);
      return /<title>Approved|<h1>Approved/u.test(html);
    });
    expect(approved.map(({ name }) => name)).toEqual(['approved-by-this-answer', 'approved-by-other']);
  });

  test.each(['timed-out', 'cancelled', 'invalid'])('%s says that it was not approved', (name) => {
    expect(texts[name]).toContain('It was not approved.');
  });
});

test.each([
  ['mailed', 'Check your mailbox'],
  ['choose', 'Which one do you want to open? This address leads to more than one request.'],
  ['old-link', 'This link is from the software used before'],
])('%s says: %s', (name, sentence) => {
  const sample = samples[name];
  expect(sample && textOf(htmlOf(sample.page))).toContain(sentence);
});

test('pages for strangers show nothing of a request', () => {
  const strange = ['not-found', 'gone', 'mail-me', 'mailed', 'old-link', 'too-many', 'not-ready'];
  for (const name of strange) {
    const sample = samples[name];
    expect(sample && htmlOf(sample.page)).not.toMatch(/payments|bank\.example|approve-production/u);
  }
});

describe('text of attackers', () => {
  const html = htmlOf({ kind: 'pending', model: hostile });

  test('H20: markup, templates and ends of elements in a description are shown as text', () => {
    for (const raw of [
      '<script>alert',
      '<img',
      '</textarea></title>',
      '<h1>Approved',
      '<b>bob',
      '<!channel>',
    ]) {
      expect(html).not.toContain(raw);
    }
    const text = textOf(html);
    for (const seen of ['<script>alert(1)', '<img src=x onerror=alert(2)>', '{{7*7}}', '${x}', '&lt;b&gt;']) {
      expect(text).toContain(seen);
    }
    expect(html.match(/<\/textarea>/gu)).toHaveLength(1);
    expect(html.match(/<\/title>/gu)).toHaveLength(1);
  });

  test('H20: a quote does not end an attribute', () => {
    const csrf = '"><script>alert(1)</script>';
    const form = { action: '/form/x"onfocus="alert(1)', csrf, nonce: csrf };
    const tags = htmlOf({ kind: 'pending', model: aForm({ form }) });
    expect(tags).not.toContain('"><script>alert');
    expect(tags).not.toContain('"onfocus=');
  });

  test('H21: direction controls and blanks without width get a visible mark, wherever they stand', () => {
    const body = html.replace(/<textarea.*<\/textarea>/su, '');
    expect(body).not.toMatch(/[\u200b\u202a-\u202e\u2066-\u2069]/u);
    expect(body).toMatch(/invoice_<span class="hidden-character"[^>]*>U\+202E<\/span>gnp\.exe/u);
    expect(body).toMatch(/al<span class="hidden-character"[^>]*>U\+200B<\/span>ice@bank\.example/u);
  });

  test('H21: a title, which cannot carry marks, spells direction controls out', () => {
    const request = aRequest({ topic: topicOf(taskOf({ pipelineTask: 'a\u202eb' })) });
    expect(htmlOf(pendingPage({ request }))).toMatch(/<title>[^<]*a\[U\+202E\]b of/u);
  });

  test('H21: 5 000 emoji arrive whole', () => {
    const content = aContent({ description: '\u{1f680}'.repeat(5000) });
    const page = htmlOf(pendingPage({ request: aRequest({ content }) }));
    expect(page).toContain('\u{1f680}'.repeat(5000));
    expect(page.isWellFormed()).toBe(true);
  });

  test('H23: a pipeline name with line breaks and a header stays one line', () => {
    expect(html).toContain('<p class="lines" dir="auto">deploy Bcc: eve@evil.example Approved</p>');
  });
});
