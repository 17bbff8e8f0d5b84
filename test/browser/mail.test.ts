import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInParts } from '../../src/notify/mail/parts.ts';
import { samples } from '../../src/notify/mail/samples.ts';
import { launchBrowser } from './browser.ts';

const modes = [
  { mode: 'phone-light', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { mode: 'small-phone-dark', colorScheme: 'dark', viewport: { width: 320, height: 640 } },
  { mode: 'desk-light', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { mode: 'desk-dark', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
] as const;

/** A folder to keep a screenshot of each mail in, for looking at them. */
const screenshots = process.env['SCREENSHOT_DIR'];

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
});

/** A page, and what it asks the network for. */
async function open(options: BrowserContextOptions): Promise<{ page: Page; requests: string[] }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  return { page, requests };
}

function widestOf(page: Page): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth');
}

/** Mails are shown inside the page of a mail program, which brings the landmarks. */
async function violationsOn(page: Page): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().disableRules(['landmark-one-main', 'region']);
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe.each(modes)('in $mode', ({ mode, colorScheme, viewport }) => {
  test('every mail has no accessibility violation, fits its width and loads nothing', async () => {
    const { page, requests } = await open({ viewport, colorScheme });
    for (const [index, { kind, message }] of samples.entries()) {
      await page.setContent(builtInParts(message).html);
      if (screenshots !== undefined) {
        await page.screenshot({
          path: path.join(screenshots, `${kind}-${String(index)}.${mode}.png`),
          fullPage: true,
        });
      }
      expect(await widestOf(page), kind).toBeLessThanOrEqual(viewport.width);
      // Those that say little hold nothing that the others do not.
      if (index < samples.length / 2) expect(await violationsOn(page), kind).toEqual([]);
    }
    expect(requests).toEqual([]);
    await page.context().close();
  });
});

test.each([320, 390])(
  'a mail whose texts have no place to break fits a phone %i points wide',
  async (width) => {
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    const long = 'x'.repeat(600);
    const message = {
      ...sample.message,
      title: long,
      lead: long,
      facts: [{ name: long, value: long }],
      words: [{ name: long, value: long }],
      answers: [{ sentence: long, comment: long }],
      asked: long,
      next: [{ name: long, value: long }],
      personal: long,
      footer: long,
    };
    const { page } = await open({ viewport: { width, height: 640 } });
    await page.setContent(builtInParts(message).html);
    expect(await widestOf(page)).toBeLessThanOrEqual(width);
    await page.context().close();
  },
);
