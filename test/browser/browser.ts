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
/** As CHROMIUM_PATH: the packaged browser, also where another is installed. */
const packaged = 'npm';

/**
 * Where the browser is: CHROMIUM_PATH, Debian's, else the one that an npm package brings. The package's own arguments
 * are left out: they keep everything in one process, which ends with the first context that is closed.
 */
async function findBrowser(): Promise<string> {
  const chosen = process.env['CHROMIUM_PATH'] ?? (existsSync(debian) ? debian : packaged);
  if (chosen !== packaged) return chosen;
  const { default: chromium } = await import('@sparticuz/chromium');
  return chromium.executablePath();
}

/** Starts a browser; the caller closes it. Throws one sentence saying what to install where none can run. */
export async function launchBrowser(): Promise<Browser> {
  try {
    return await driver.launch({ executablePath: await findBrowser(), args });
  } catch (error) {
    throw new Error(
      'No browser can run here: install Chromium (on Debian `apt-get install chromium`) or set CHROMIUM_PATH to one.',
      { cause: error },
    );
  }
}
