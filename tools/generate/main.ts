import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './files.ts';

/**
 * Writes every generated file of the repository. With `--check` it writes nothing, names the files that differ and
 * exits 1. `--root DIR` reads and writes below another folder.
 */
async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  const rootAt = args.indexOf('--root');
  const root =
    rootAt < 0 ? fileURLToPath(new URL('../..', import.meta.url)) : path.resolve(args[rootAt + 1] ?? '.');
  const different: string[] = [];
  for (const [name, content] of generatedFiles()) {
    const file = path.join(root, name);
    if ((await read(file)) === content) continue;
    different.push(name);
    if (!check) await write(file, content);
  }
  for (const name of different) console.log(check ? `differs from its source: ${name}` : `wrote ${name}`);
  if (!check || different.length === 0) return 0;
  console.log('Run `npm run generate` and commit the result.');
  return 1;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

process.exitCode = await main(process.argv.slice(2));
