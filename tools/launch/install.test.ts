import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type Checkout, makeCheckout } from './checkout.ts';

/** Fakes name the tools they use in full: nothing but they themselves is in PATH. */
const makeNode = (version: string): string =>
  `/bin/mkdir -p node_modules/.bin
   printf '#!/bin/sh\\necho ${version}\\n' > node_modules/.bin/node
   /bin/chmod +x node_modules/.bin/node`;

let checkout: Checkout;

beforeEach(() => {
  checkout = makeCheckout();
  const launcher = `import { launch } from './install.mjs';\nawait launch(() => console.log('ran'));\n`;
  writeFileSync(path.join(checkout.root, 'tools', 'launch', 'probe.mjs'), launcher);
});

afterEach(() => checkout.remove());

function npm(body: string): void {
  checkout.script('programs/npm', `echo "$@" >> calls\n${body}`);
}

function npmCalls(): number {
  const calls = path.join(checkout.root, 'calls');
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n').length : 0;
}

describe('what is installed before a command runs', () => {
  test('missing dependencies are installed, with the tools and whatever Node runs npm', () => {
    npm(makeNode('24.1.0'));
    const { status, stdout, stderr } = checkout.launch('probe.mjs');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'ran\n' });
    expect(stderr).toContain('installing dependencies');
    const call = readFileSync(path.join(checkout.root, 'calls'), 'utf8');
    expect(call).toMatch(/^ci .*--engine-strict=false.*--include=dev/);
  });

  test('a second start installs nothing', () => {
    npm(makeNode('24.1.0'));
    checkout.launch('probe.mjs');
    expect(checkout.launch('probe.mjs')).toEqual({ status: 0, stdout: 'ran\n', stderr: '' });
    expect(npmCalls()).toBe(1);
  });

  test('a changed lockfile makes the installation stale', () => {
    npm(makeNode('24.1.0'));
    checkout.launch('probe.mjs');
    writeFileSync(path.join(checkout.root, 'package-lock.json'), '{ "changed": true }');
    expect(checkout.launch('probe.mjs').status).toBe(0);
    expect(npmCalls()).toBe(2);
  });

  test('an installation that failed is not taken for a complete one', () => {
    npm(`${makeNode('24.1.0')}\necho "no route to registry" >&2\nexit 1`);
    const first = checkout.launch('probe.mjs');
    expect(first).toMatchObject({ status: 1, stdout: '' });
    expect(first.stderr).toContain('no route to registry');
    expect(checkout.launch('probe.mjs').status).toBe(1);
    expect(npmCalls()).toBe(2);
  });

  test('Node 24 is fetched where npm was told to run no install scripts', () => {
    const fake = '#!/bin/sh\necho 24.1.0\n';
    const script = `fs.mkdirSync('bin'); fs.writeFileSync('bin/node', ${JSON.stringify(fake)}, { mode: 0o755 });`;
    writeFileSync(path.join(checkout.root, 'installer'), `const fs = require('node:fs'); ${script}`);
    npm(`/bin/mkdir -p node_modules/.bin node_modules/node
      /bin/cp installer node_modules/node/installArchSpecificPackage.js`);
    expect(checkout.launch('probe.mjs')).toMatchObject({ status: 0, stdout: 'ran\n' });
  });
});

describe('what cannot be installed is told in one sentence', () => {
  test('no npm', () => {
    rmSync(path.join(checkout.root, 'programs'), { recursive: true });
    const { status, stderr } = checkout.launch('probe.mjs');
    expect(status).toBe(1);
    expect(stderr).toContain('npm is needed to install the dependencies: no npm in PATH.');
    expect(stderr).not.toContain('    at ');
  });

  test.each(['22.3.0', 'not a version'])('Node %s instead of Node 24', (version) => {
    npm(makeNode(version));
    const { status, stderr } = checkout.launch('probe.mjs');
    expect(status).toBe(1);
    expect(stderr).toContain('Node 24 did not arrive with the dependencies');
    expect(stderr).not.toContain('    at ');
  });
});
