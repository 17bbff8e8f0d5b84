import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SecretFile } from './secretfile.ts';

let folder: string;
let now: number;
let problems: string[];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secret-'));
  now = 0;
  problems = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function secretIn(name: string): SecretFile {
  return new SecretFile(path.join(folder, name), { now: () => now, onProblem: (one) => problems.push(one) });
}

/** Puts a new generation in place as the kubelet does: a folder beside it, and one link that is exchanged. */
function mount(generation: string, content: string): void {
  mkdirSync(path.join(folder, generation));
  writeFileSync(path.join(folder, generation, 'password'), content);
  symlinkSync(generation, path.join(folder, '..data_tmp'));
  renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
}

describe('a secret in a file', () => {
  test('is what stands there, without the line break at its end', () => {
    writeFileSync(path.join(folder, 'password'), ' two words\n');
    expect(secretIn('password').current()).toBe(' two words');
  });

  test('channel-08: is the new one within 10 s after a mounted Secret changed', () => {
    mount('..one', 'old-password');
    const secret = secretIn('..data/password');
    mount('..two', 'new-password');
    now = 9_999;
    expect(secret.current()).toBe('old-password');
    now = 10_000;
    expect(secret.current()).toBe('new-password');
  });

  test('stays the last good one while the file is missing or empty, and that is told once', () => {
    writeFileSync(path.join(folder, 'password'), 'good');
    const secret = secretIn('password');
    rmSync(path.join(folder, 'password'));
    for (now of [10_000, 20_000, 30_000]) expect(secret.current()).toBe('good');
    expect(problems).toEqual([expect.stringContaining('ENOENT')]);
    writeFileSync(path.join(folder, 'password'), '');
    now = 40_000;
    expect(secret.current()).toBe('good');
    expect(problems[1]).toMatch(/is empty: it should hold a secret/u);
    writeFileSync(path.join(folder, 'password'), 'better');
    now = 50_000;
    expect(secret.current()).toBe('better');
    expect(problems).toHaveLength(2);
  });

  test.each([
    ['is missing', undefined, 'ENOENT'],
    ['is empty', '\n', 'is empty: it should hold a secret'],
    ['is no secret but something long', 'x'.repeat(65_537), 'too long for a secret'],
  ])('that %s at the start is an error that names the file and nothing of it', (...[, content, message]) => {
    if (content !== undefined) writeFileSync(path.join(folder, 'password'), content);
    expect(() => secretIn('password')).toThrow(message);
  });
});
