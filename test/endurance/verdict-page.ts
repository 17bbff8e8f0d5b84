import type { FormClient, Page } from '../fakes/form-client.ts';
import { until } from '../integration/until.ts';
import type { Replica } from './replica.ts';

/** What a page tells a person about their answer. */
export const telling = {
  recorded: 'Your answer is recorded, but not yet counted',
  settledByIt: 'Your approval was counted and settled the request',
  notCounted: 'Your answer was not counted',
  notKnown: 'It is not known whether your answer was recorded',
} as const;

/** Whether a page has the form to decide. */
export function hasForm({ body }: Page): boolean {
  return body.includes('name="decision"');
}

/** Approves by a link on that replica's form. Returns the page with the verdict. */
export async function approve({ replica }: { readonly replica: Replica }, link: string): Promise<string> {
  const browser = replica.browser();
  const told = await browser.answer(await browser.open(link), 'approve');
  return (await verdictOn(browser, told)).body;
}

/** Looks again, as the page does by itself, until the answer has its verdict. */
export async function verdictOn(browser: FormClient, page: Page): Promise<Page> {
  if (!page.body.includes(telling.recorded)) return page;
  const next = /class="action" href="(?<path>[^"]+)"/u.exec(page.body)?.groups?.['path'];
  if (next === undefined) throw new Error('the page does not say where the verdict will be');
  return until('the verdict', async () => {
    const again = await browser.open(new URL(next, page.url).href);
    return again.body.includes(telling.recorded) ? undefined : again;
  });
}
