import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cut } from '../../src/api/cut.ts';
import { limits } from '../../src/api/limits.ts';
import { channelMessage, everyKind, hostileTexts, url } from '../../src/notify/messagefixture.ts';
import type { Message } from '../../src/notify/message.ts';
import { payloadOf } from '../../src/notify/teams/card.ts';
import { launchBrowser } from './browser.ts';

/** Cards as Microsoft's own library reads them as version 1.4, tells what is wrong with them, and draws them. */

const library = fileURLToPath(import.meta.resolve('adaptivecards/dist/adaptivecards.min.js'));
const style = readFileSync(path.join(path.dirname(library), 'adaptivecards.css'), 'utf8');

const widths = [
  { mode: 'phone', viewport: { width: 320, height: 640 } },
  { mode: 'desk', viewport: { width: 1280, height: 800 } },
] as const;

/** A folder to keep a screenshot of each card in, for looking at them. */
const screenshots = process.env['SCREENSHOT_DIR'];

/** What came of reading and drawing one card. */
interface Drawn {
  readonly problems: readonly string[];
  readonly text: string;
  readonly opened: readonly string[];
  readonly width: number;
  readonly elements: number;
}

const draw = `(source) => {
  const { AdaptiveCard, SerializationContext, Versions } = AdaptiveCards;
  const card = new AdaptiveCard();
  const context = new SerializationContext(Versions.v1_4);
  card.parse(JSON.parse(source), context);
  const read = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at));
  const opened = [];
  card.onExecuteAction = (action) => opened.push(action.url);
  document.body.replaceChildren(card.render());
  for (const button of document.querySelectorAll('button')) button.click();
  return {
    problems: [...read, ...card.validateProperties().validationEvents].map(({ message }) => message),
    text: document.body.innerText,
    opened,
    width: document.documentElement.scrollWidth,
    elements: document.body.querySelectorAll('a, img, script, input, iframe').length,
  };
}`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});

async function openPage(viewport: { width: number; height: number }): Promise<Page> {
  const page = await browser.newPage({ viewport });
  await page.setContent(
    `<!doctype html><meta name="viewport" content="width=device-width"><style>${style}</style>`,
  );
  await page.addScriptTag({ path: library });
  return page;
}

async function drawnOn(page: Page, message: Message): Promise<Drawn> {
  const source = payloadOf(message, { raw: true });
  return page.evaluate<Drawn>(`(${draw})(${JSON.stringify(source)})`);
}

describe.each(widths)('on a $mode', ({ mode, viewport }) => {
  let page: Page;
  beforeAll(async () => {
    page = await openPage(viewport);
  });

  test('every card keeps to version 1.4, fits, and opens the request', async () => {
    for (const kind of everyKind) {
      const message = channelMessage(kind);
      const { problems, text, opened, width, elements } = await drawnOn(page, message);
      if (screenshots !== undefined)
        await page.screenshot({ path: path.join(screenshots, `card-${kind}.${mode}.png`), fullPage: true });
      expect({ kind, problems, opened, elements }).toEqual({
        kind,
        problems: [],
        opened: [url],
        elements: 0,
      });
      expect(width, kind).toBeLessThanOrEqual(viewport.width);
      for (const { name, value } of [...message.facts, ...message.words]) {
        expect(text).toContain(name);
        expect(text).toContain(value);
      }
    }
  });

  test.each(hostileTexts)('channel-05, %s: %s is text in a card', async (...[, , text]) => {
    const message = channelMessage('requested', { description: cut(text, limits.description) });
    const { problems, opened, width, elements } = await drawnOn(page, message);
    expect({ problems, opened, elements }).toEqual({ problems: [], opened: [url], elements: 0 });
    expect(width).toBeLessThanOrEqual(viewport.width);
  });
});

test('a card that breaks the schema is noticed', async () => {
  const page = await openPage(widths[0].viewport);
  const { problems } = await page.evaluate<Drawn>(
    `(${draw})('{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"a","size":"huge"}],"actions":[{"type":"Action.OpenUrl"}]}')`,
  );
  expect(problems).toEqual(['Invalid value "huge" for property "size".', 'Property "url" must be set.']);
});
