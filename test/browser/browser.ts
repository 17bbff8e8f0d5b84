import { existsSync } from 'node:fs';

import { chromium as driver, type Browser } from 'playwright-core';

/** Nothing leaves the machine: no updates, no accounts, no reports. */
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const debian = '/usr/bin/chromium';

/** Where the browser is: CHROMIUM_PATH, Debian's, else the one that an npm package brings. */
async function findBrowser(): Promise<{ path: string; extraArgs: readonly string[] }> {
  const chosen = process.env['CHROMIUM_PATH'] ?? (existsSync(debian) ? debian : undefined);
  if (chosen !== undefined && chosen !== 'npm') return { path: chosen, extraArgs: [] };
  const { default: packaged } = await import('@sparticuz/chromium');
  return { path: await packaged.executablePath(), extraArgs: packaged.args };
}

/**
 * Starts a browser; the caller closes it. CHROMIUM_PATH=npm asks for the packaged one. Throws one sentence saying what
 * to install where none can run.
 */
export async function launchBrowser(): Promise<Browser> {
  try {
    const { path, extraArgs } = await findBrowser();
    return await driver.launch({ executablePath: path, args: [...args, ...extraArgs] });
  } catch (error) {
    throw new Error(
      'No browser can run here: install Chromium (on Debian `apt-get install chromium`) or set CHROMIUM_PATH to one.',
      { cause: error },
    );
  }
}
