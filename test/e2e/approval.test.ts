import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../browser/browser.ts';
import { ask, people } from '../integration/asking.ts';
import { openGate, type Gate } from '../integration/gate.ts';

/** The whole way with nothing left out: Tekton, the operator, a mail, a person at a browser. */

let gate: Gate;
let browser: Browser;
beforeAll(async () => {
  [gate, browser] = await Promise.all([openGate(), launchBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await gate.close();
});

/** Starts a pipeline that asks ann, and returns the link that she got. */
async function mailedLink(name: string): Promise<string> {
  const params = [
    ...people('ann@example.com'),
    { name: 'description', value: `Deploy ${name} to production?` },
  ];
  return gate.mailedLink('ann@example.com', await ask(gate, name, { params }));
}

const ranIn = async (name: string): Promise<string[]> =>
  ((await gate.pipelineRun(name)).status?.childReferences ?? [])
    .filter(({ kind }) => kind === 'TaskRun')
    .map(({ pipelineTaskName }) => pipelineTaskName);

describe('an approver at a phone', () => {
  it.each([
    { name: 'approves', button: 'Approve', title: 'Approved', branch: 'deploy' },
    { name: 'rejects', button: 'Reject', title: 'Rejected', branch: 'stop' },
  ])(
    'opens the mailed link and $name, and the pipeline takes that branch',
    async ({ name, button, title, branch }) => {
      const link = await mailedLink(name);
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
      await page.goto(link);
      expect(page.url()).not.toContain('/l/');
      await page.getByText(`Deploy ${name} to production?`).first().waitFor();
      await page.getByRole('textbox').fill('seen on my phone');
      await page.getByRole('button', { name: new RegExp(`^${button}`) }).click();
      await page.getByRole('status').getByText(title).first().waitFor();
      expect(await ranIn(name)).toEqual([branch]);
      const results = (await gate.customRun(`${name}-approve`)).status?.results ?? [];
      expect(results).toContainEqual({ name: 'comment', value: 'seen on my phone' });
      await page.close();
    },
  );
});
