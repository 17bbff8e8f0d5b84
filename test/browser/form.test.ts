import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { launchBrowser } from './browser.ts';
import { startSite, type Site } from './site.ts';

let browser: Browser;
let site: Site;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(() => {
  site.posted.length = 0;
});

const phone = { width: 390, height: 844 };

async function withPage(
  name: string,
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await page.goto(`${site.url}/${name}`);
  await use(page);
  await context.close();
}

/** Role and accessible name of what has the focus. */
async function focused(page: Page): Promise<string> {
  const snapshot = await page.locator(':focus').ariaSnapshot();
  return snapshot.split('\n')[0]?.replace(/^- /u, '') ?? '';
}

describe('by keyboard alone', () => {
  test('Tab reaches the comment, Approve and Reject, in this order', () =>
    withPage('pending', async (page) => {
      const stops: string[] = [];
      for (let stop = 0; stop < 3; stop += 1) {
        await page.keyboard.press('Tab');
        stops.push(await focused(page));
      }
      expect(stops).toEqual(['textbox "Comment (optional)"', 'button "Approve"', 'button "Reject"']);
    }));

  test.each([
    ['Enter', 2, 'approve'],
    ['Space', 2, 'approve'],
    ['Enter', 3, 'reject'],
    ['Space', 3, 'reject'],
  ])('%s at stop %i sends %s with the comment and the protecting fields', (key, stop, decision) =>
    withPage('pending', async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.type('Seen\nand fine.');
      for (let at = 1; at < stop; at += 1) await page.keyboard.press('Tab');
      await page.keyboard.press(key);
      await page.getByRole('status').waitFor();
      expect(site.posted.map((form) => Object.fromEntries(form))).toEqual([
        {
          csrf: 'csrf-of-the-session',
          nonce: 'nonce-of-the-form',
          comment: 'Seen\r\nand fine.',
          decision,
        },
      ]);
    }),
  );

  test('Enter in the comment starts a new line and sends nothing', () =>
    withPage('pending', async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.type('one');
      await page.keyboard.press('Enter');
      await page.keyboard.type('two');
      expect(await page.getByRole('textbox').inputValue()).toBe('one\ntwo');
      expect(site.posted).toEqual([]);
    }));

  test('the focus can be seen on every stop', () =>
    withPage('pending', async (page) => {
      for (let stop = 0; stop < 3; stop += 1) {
        await page.keyboard.press('Tab');
        const width = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineWidth');
        expect(Number.parseFloat(width)).toBeGreaterThanOrEqual(2);
      }
    }));

  test('on a phone a link leads past a long request to the answer', () =>
    withPage(
      'pending-hostile',
      async (page) => {
        await page.keyboard.press('Tab');
        expect(await focused(page)).toBe('link "Go to your answer":');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Tab');
        expect(await focused(page)).toMatch(/^textbox "Comment/u);
        expect(await page.getByRole('button', { name: 'Approve' }).boundingBox()).toMatchObject({
          y: expect.toSatisfy((y: number) => y > 0 && y < phone.height),
        });
      },
      { viewport: phone },
    ));
});

describe('a comment that is needed', () => {
  test('is asked for by the browser before a rejection is sent', () =>
    withPage('pending-multi', async (page) => {
      await page.getByRole('button', { name: 'Reject' }).click();
      expect(await focused(page)).toMatch(/^textbox "Comment \(needed to reject\)"/u);
      expect(site.posted).toEqual([]);
    }));

  test('does not hold up an approval that needs none', () =>
    withPage('pending-multi', async (page) => {
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.getByRole('status').waitFor();
      expect(site.posted.map((form) => form.get('decision'))).toEqual(['approve']);
    }));
});

describe('for a screen reader', () => {
  test('the form has landmarks, headings, names and descriptions', () =>
    withPage('pending', async (page) => {
      expect(await page.title()).toMatch(/^Waiting for your answer: approve-production of /u);
      expect(await page.getByRole('banner').innerText()).toBe('Tekton Approvals');
      const main = page.getByRole('main');
      expect(await main.getByRole('heading', { level: 1 }).allInnerTexts()).toEqual(['Approve or reject?']);
      expect(await main.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual([
        'What is waiting',
        'What the pipeline says (written by its author, not checked)',
        'Your answer',
        'Who is asked',
      ]);
      await main.getByRole('region', { name: 'Your answer' }).waitFor();
      expect(await describedBy(page, 'Approve')).toBe('The pipeline goes on.');
      expect(await describedBy(page, 'Reject')).toBe('The request ends at once, and the pipeline run fails.');
    }));

  test.each([
    ['counted', 'status', 'Your approval was counted'],
    ['recorded', 'status', 'Your answer is recorded, but not yet counted'],
    ['approved-by-this-answer', 'status', 'Approved'],
    ['rejected-by-other', 'status', 'Rejected'],
    ['timed-out', 'status', 'Timed out'],
    ['mailed', 'status', 'Check your mailbox'],
    ['lost', 'alert', 'Your answer was not counted'],
    ['refused', 'alert', 'Your answer was not counted'],
    ['pending-problem', 'alert', 'Your answer was not recorded'],
    ['not-found', 'alert', 'Nothing is here'],
  ] as const)('%s is a live %s that begins with "%s"', (name, role, heading) =>
    withPage(name, async (page) => {
      const live = page.getByRole(role);
      expect(await live.count()).toBe(1);
      expect(await live.ariaSnapshot()).toMatch(
        new RegExp(`^- ${role}:\\n +- heading "${heading}" \\[level=1\\]`, 'u'),
      );
    }),
  );
});

async function describedBy(page: Page, button: string): Promise<string> {
  const id = await page.getByRole('button', { name: button }).getAttribute('aria-describedby');
  return page.locator(`#${id ?? ''}`).innerText();
}

describe('by thumb', () => {
  test('every control is at least 44 px high, and the two decisions are well apart', () =>
    withPage(
      'pending',
      async (page) => {
        for (const control of await page.locator('button, a, textarea').all()) {
          expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(44);
        }
        const [approve, reject] = await Promise.all(
          ['Approve', 'Reject'].map((name) => page.getByRole('button', { name }).boundingBox()),
        );
        const gap = (reject?.y ?? 0) - ((approve?.y ?? 0) + (approve?.height ?? 0));
        expect(gap).toBeGreaterThanOrEqual(44);
      },
      { viewport: phone },
    ));
});

describe('times', () => {
  test('are shown in the time zone of the reader', () =>
    withPage(
      'pending',
      async (page) => {
        const time = page.locator('time').first();
        expect(await time.innerText()).toBe('Nov 21, 2026, 3:30 PM GMT+1');
        expect(await time.getAttribute('title')).toBe('2026-11-21 14:30 UTC');
      },
      { timezoneId: 'Europe/Zurich', locale: 'en-US' },
    ));

  test('stay in UTC without JavaScript', () =>
    withPage(
      'pending',
      async (page) => {
        expect(await page.locator('time').first().innerText()).toBe('2026-11-21 14:30 UTC');
      },
      { timezoneId: 'Europe/Zurich', javaScriptEnabled: false },
    ));
});

test('without JavaScript an answer is written and sent', () =>
  withPage(
    'pending',
    async (page) => {
      await page.getByLabel('Comment').fill('No way back.');
      await page.getByRole('button', { name: 'Reject' }).click();
      await page.getByRole('status').waitFor();
      expect(site.posted.map((form) => [form.get('decision'), form.get('comment')])).toEqual([
        ['reject', 'No way back.'],
      ]);
    },
    { javaScriptEnabled: false },
  ));
