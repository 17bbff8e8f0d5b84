import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { samples } from '../notify/mail/samples.ts';
import { TemplateFolder } from './templatefolder.ts';

let folder: string;
let lines: string[];
let opened: TemplateFolder | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'templates-'));
  lines = [];
});

afterEach(() => {
  opened?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Mounts these files as the kubelet does: a folder of their own, links to them, and one link that is exchanged. */
function mount(generation: string, files: Record<string, string>): void {
  mkdirSync(path.join(folder, generation));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(folder, generation, name), text);
    rmSync(path.join(folder, name), { force: true });
    symlinkSync(path.join('..data', name), path.join(folder, name));
  }
  symlinkSync(generation, path.join(folder, '..data_tmp'));
  renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
}

function open(): TemplateFolder {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  opened = new TemplateFolder({ directory: folder, language: 'en', log: pino(stream) });
  return opened;
}

function subjectOf(templates: TemplateFolder): string | undefined {
  const [sample] = samples;
  return sample && templates.render(sample.message).subject;
}

describe('a folder of templates', () => {
  test('is in force from the start, and again after each change', () => {
    mount('..one', { 'default.en.subject.liquid': 'one: {{ topic }}' });
    const templates = open();
    expect(subjectOf(templates)).toMatch(/^one: /u);
    mount('..two', { 'default.en.subject.liquid': 'two: {{ topic }}' });
    templates.look();
    expect(subjectOf(templates)).toMatch(/^two: /u);
    expect(lines.join('')).toContain('templates of mails in force');
  });

  test('without any template in the language of the install is told: mails go out as they are shipped', () => {
    mount('..one', { 'default.de.subject.liquid': 'eins: {{ topic }}', '_footer.liquid': 'x' });
    const templates = open();
    expect(lines).toEqual([
      expect.stringContaining(
        '"language":"en","msg":"templates of mails: none is in the language of mail.language',
      ),
    ]);
    expect(subjectOf(templates)).toBeUndefined();
    mount('..two', { 'default.en.subject.liquid': 'two: {{ topic }}' });
    templates.look();
    mount('..three', { 'default.en.subject.liquid': 'three' });
    rmSync(path.join(folder, 'default.de.subject.liquid'));
    rmSync(path.join(folder, '_footer.liquid'));
    templates.look();
    expect(lines.filter((line) => line.includes('none is in the language'))).toHaveLength(1);
  });

  test('channel-11: that is broken later is told once with the place, and the last good one stays', () => {
    mount('..one', { 'default.en.subject.liquid': 'one: {{ topic }}' });
    const templates = open();
    mount('..two', { 'default.en.subject.liquid': '{{ nothing }}' });
    for (let times = 0; times < 3; times += 1) templates.look();
    expect(subjectOf(templates)).toMatch(/^one: /u);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('default.en.subject.liquid: undefined variable: nothing, line:1');
    rmSync(path.join(folder, '..data'));
    templates.look();
    expect(subjectOf(templates)).toMatch(/^one: /u);
    expect(lines[1]).toContain('ENOENT');
  });

  test('that is broken at the start is an error with every problem', () => {
    mount('..one', { 'default.en.subject.liquid': '{{ nothing', 'x.liquid': '' });
    for (const problem of ['not closed', 'x.liquid: is no name of a template']) expect(open).toThrow(problem);
  });

  test.each([
    ['is missing', () => rmSync(folder, { recursive: true }), 'ENOENT'],
    [
      'holds too many files',
      () =>
        mount(
          '..one',
          Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`_${String(n)}.liquid`, ''])),
        ),
      'more than 200',
    ],
    ['is too large', () => mount('..one', { '_a.liquid': 'x'.repeat(1_048_577) }), 'larger than 1 MiB'],
  ])('that %s is an error at the start', (...[, prepare, why]) => {
    prepare();
    expect(open).toThrow(why);
  });

  test('may hold other files', () => {
    mount('..one', { 'README.md': 'ours', 'logo.svg': '<svg/>' });
    expect(subjectOf(open())).toBeUndefined();
  });

  test('tells once of a template that fails with a real message, and not what is in that', () => {
    const source = '{% if topic contains "billing" %}{{ nothing }}{% endif %}{{ topic }}';
    mount('..one', { 'default.en.subject.liquid': source });
    const templates = open();
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    const message = { ...sample.message, topic: 'approve of billing-1' };
    for (let times = 0; times < 3; times += 1) expect(templates.render(message).subject).toBeUndefined();
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('billing-1');
  });
});
