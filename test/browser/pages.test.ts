import path from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { samples } from '../../src/web/pages/fixture.ts';
import { launchBrowser } from './browser.ts';
import { startSite, type Site } from './site.ts';

const names = Object.keys(samples);
const phone = { width: 390, height: 844 };
const desk = { width: 1280, height: 800 };

const modes = [
  { mode: 'light', colorScheme: 'light', viewport: desk },
  { mode: 'dark', colorScheme: 'dark', viewport: desk },
  { mode: 'phone-light', colorScheme: 'light', viewport: phone },
  { mode: 'phone-dark', colorScheme: 'dark', viewport: phone },
] as const;

/** A folder to keep a screenshot of each page in, for looking at them. */
const screenshots = process.env['SCREENSHOT_DIR'];

let browser: Browser;
let site: Site;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), startSite()]);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Opens one page in a browser of its own and collects what it complains about. */
async function open(
  name: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: phone, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    if (/content.security.policy|refused to/iu.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url)) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(`${site.url}/${name}`);
  return { page, complaints };
}

describe.each(modes)('in $mode', ({ mode, colorScheme, viewport }) => {
  test.each(names)('%s has no accessibility violation, fits its width and breaks no policy', async (name) => {
    const { page, complaints } = await open(name, { colorScheme, viewport });
    if (screenshots !== undefined) {
      await page.screenshot({ path: path.join(screenshots, `${name}.${mode}.png`), fullPage: true });
    }
    // Legacy mode only skips a second tab, which frames would need; these pages have none.
    const axe = await new AxeBuilder({ page }).setLegacyMode().analyze();
    expect(
      axe.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    ).toEqual([]);
    const widest = await page.evaluate('document.documentElement.scrollWidth');
    expect(widest).toBeLessThanOrEqual(viewport.width);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
