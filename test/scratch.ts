import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const folders: string[] = [];
// Registered before the hooks of the test file, so it runs after them.
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
});

/** A new folder that goes when the test file has ended. */
export function scratchFolder(prefix: string): string {
  const made = mkdtempSync(path.join(os.tmpdir(), prefix));
  folders.push(made);
  return made;
}
