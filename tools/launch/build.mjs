import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './install.mjs';
import { kubeconfigOnly } from './kubeconfig-only.mjs';
import { root } from './run.mjs';

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

/** Bundles the operator into dist/main.mjs, with its source map and the licences of what is inside. */
export async function bundle() {
  const { build } = await import('esbuild');
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outfile: 'dist/main.mjs',
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Names stay as they are: the operator runs without --enable-source-maps, which would keep 60 MB of map in memory
    // from the first stack trace on. The map is there for whoever wants the lines.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    plugins: [kubeconfigOnly],
    banner: { js: banner },
    metafile: true,
    // What is there stays until all of the new one is: a build that fails takes nothing away.
    write: false,
    // What goes wrong is in the error's message.
    logLevel: 'silent',
  });
  const licences = bundledPackages(Object.keys(metafile.inputs)).map(licenceText);
  const separator = `\n\n${'-'.repeat(80)}\n\n`;
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(path.join(root, 'dist'));
  for (const { path: file, contents } of outputFiles) writeFileSync(file, contents);
  writeFileSync(path.join(root, 'dist', 'THIRD_PARTY_LICENSES.txt'), `${licences.join(separator)}\n`);
  return statSync(path.join(root, 'dist', 'main.mjs')).size;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await launch(async () => {
    const size = await bundle();
    console.log(`dist/main.mjs: ${(size / 2 ** 20).toFixed(1)} MiB`);
  });
}
