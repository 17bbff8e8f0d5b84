import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './install.mjs';
import { kubeconfigOnly } from './kubeconfig-only.mjs';
import { lazyBuiltins } from './lazy-builtins.mjs';
import { plainAscii } from './plain-ascii.mjs';
import { root } from './run.mjs';

const dist = path.join(root, 'dist');

/** CommonJS packages inside an ES module still ask for `require`. */
const banner =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

/** The folders of the packages that went into the bundle, each once, sorted. */
function bundledPackages(inputs) {
  const folders = inputs.flatMap((input) => {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].toSorted((a, b) => a.localeCompare(b, 'en'));
}

const legalFile = /^(licen[cs]e|copying|notice)/i;

/** What one package asks to be handed on with copies of it: its licence, and its notice where it has one. */
function licenceText(folder) {
  const { name, version, license } = JSON.parse(
    readFileSync(path.join(root, folder, 'package.json'), 'utf8'),
  );
  const files = readdirSync(path.join(root, folder)).filter((file) => legalFile.test(file));
  const texts = files.map((file) => readFileSync(path.join(root, folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/** What every bundle has in common. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  // Names stay as they are: the operator runs without --enable-source-maps, which would keep 60 MB of map in memory
  // from the first stack trace on. The map is there for whoever wants the lines.
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [kubeconfigOnly, plainAscii],
  metafile: true,
  // Comments of others go to the licences: one name in them that is not ASCII would make Node hold the whole program in
  // two bytes a character.
  legalComments: 'external',
  // What is there stays until all of the new one is: a build that fails takes nothing away.
  write: false,
  // What goes wrong is in the error's message.
  logLevel: 'silent',
};

/** Bundles one program into dist/, with the licences of what is inside, and returns its size in bytes. */
async function build({ file, licences, ...options }) {
  const esbuild = await import('esbuild');
  const { metafile, outputFiles } = await esbuild.build({ ...common, ...options, outfile: `dist/${file}` });
  const legal = outputFiles.filter(({ path: written }) => written.endsWith('.LEGAL.txt'));
  const texts = [
    ...bundledPackages(Object.keys(metafile.inputs)).map(licenceText),
    ...legal.map(({ text }) => text.trim()),
  ];
  mkdirSync(dist, { recursive: true });
  for (const { path: written, contents } of outputFiles.filter((output) => !legal.includes(output)))
    writeFileSync(written, contents);
  writeFileSync(path.join(dist, licences), `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
  return statSync(path.join(dist, file)).size;
}

/** Bundles the operator into dist/main.mjs, with its source map and the licences of what is inside. */
export async function bundle() {
  return build({
    entryPoints: ['src/main.ts'],
    file: 'main.mjs',
    licences: 'THIRD_PARTY_LICENSES.txt',
    target: 'node24',
    sourcemap: 'linked',
    banner: { js: banner },
  });
}

/**
 * Bundles the command-line tool into one file that starts by itself, dist/tkn-approval. Under its other names it is
 * kubectl's plugin and what kubectl asks for completions.
 */
export async function bundleCli() {
  const size = await build({
    entryPoints: ['src/cli/main.ts'],
    file: 'tkn-approval',
    licences: 'tkn-approval.LICENSES.txt',
    // Older than what it needs, so that an old Node can read it and be told so.
    target: 'node20',
    plugins: [lazyBuiltins, kubeconfigOnly],
    banner: { js: `#!/usr/bin/env node\n${banner}` },
  });
  chmodSync(path.join(dist, 'tkn-approval'), 0o755);
  for (const name of ['kubectl-approval', 'kubectl_complete-approval']) {
    rmSync(path.join(dist, name), { force: true });
    symlinkSync('tkn-approval', path.join(dist, name));
  }
  return size;
}

/** A size for people. */
export function mebibytes(size) {
  return `${(size / 2 ** 20).toFixed(1)} MiB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await launch(async () => console.log(`dist/main.mjs: ${mebibytes(await bundle())}`));
}
