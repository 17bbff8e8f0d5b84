import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withBlock } from './block.ts';
import { generatedBlocks, generatedFiles } from './files.ts';

/**
 * Writes every generated file of the repository, and every generated part of a page. With `--check` it writes nothing,
 * names the files that differ and exits 1. `--root DIR` reads and writes below another folder.
 */
async function main(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  const rootAt = args.indexOf('--root');
  const root =
    rootAt < 0 ? fileURLToPath(new URL('../..', import.meta.url)) : path.resolve(args[rootAt + 1] ?? '.');
  const different = await bringUpToDate(root, !check);
  for (const name of different) console.log(check ? `differs from its source: ${name}` : `wrote ${name}`);
  if (!check || different.length === 0) return 0;
  console.log('Run `npm run generate` and commit the result.');
  return 1;
}

/** Names the files that differ from their source, and writes them where that is wanted. */
async function bringUpToDate(root: string, mayWrite: boolean): Promise<string[]> {
  const different: string[] = [];
  for (const { name, make } of sources()) {
    const file = path.join(root, name);
    const found = await read(file);
    const content = make(found ?? '');
    if (found === content) continue;
    different.push(name);
    if (mayWrite) await write(file, content);
  }
  return different;
}

interface Source {
  readonly name: string;
  /** The file as it should be, given the file as it is. */
  readonly make: (found: string) => string;
}

function sources(): Source[] {
  const files = [...generatedFiles()].map(([name, content]) => ({ name, make: () => content }));
  const blocks = generatedBlocks().map((block) => ({
    name: block.file,
    make: (page: string) => withBlock(page, block),
  }));
  return [...files, ...blocks];
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
