import { afterEach, expect, test, vi } from 'vitest';

import { launchBrowser } from './browser.ts';

afterEach(() => vi.unstubAllEnvs());

test('a machine without a browser is told in one sentence what to install', async () => {
  vi.stubEnv('CHROMIUM_PATH', '/nowhere');
  await expect(launchBrowser()).rejects.toThrow(
    /^No browser can run here: install Chromium \(on Debian `apt-get install chromium`\) or set CHROMIUM_PATH to one\.$/,
  );
});
