import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailedKinds } from '../notify/mail/templatename.ts';
import { runMailCommand, type Printed } from './preview.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'preview-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: string, environment: NodeJS.ProcessEnv = {}): Promise<Printed> {
  return runMailCommand(args.split(' '), environment);
}

async function shown(args: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const printed = await run(args, environment);
  if (printed.code !== 0) throw new Error(printed.problems.join('\n'));
  return printed.text;
}

describe('mail preview', () => {
  test.each(mailedKinds)('shows %s as text, as HTML and as a whole message', async (kind) => {
    const text = await shown(`preview ${kind}`);
    expect(text).toMatch(
      kind === 'requested' ? /^Subject: Approval needed: / : /^Subject: Re: Approval needed: /u,
    );
    expect(await shown(`preview ${kind} --text`)).toBe(text);
    expect(await shown(`preview ${kind} --html`)).toMatch(/^<!DOCTYPE html>/u);
    const eml = await PostalMime.parse(await shown(`preview ${kind} --eml`));
    expect(eml).toMatchObject({ to: [{ address: 'ann@example.com' }], from: { name: 'Tekton Approvals' } });
    expect(eml.text?.trim()).toBe(text.slice(text.indexOf('\n\n')).trim());
    expect(eml.inReplyTo === undefined).toBe(kind === 'requested');
  });

  test('uses the templates, the language and the sender of the settings', async () => {
    writeFileSync(path.join(folder, 'decided.de.subject.liquid'), 'Entschieden: {{ topic }}');
    const environment = {
      TEKTON_APPROVALS_MAIL_TEMPLATES_DIRECTORY: folder,
      TEKTON_APPROVALS_MAIL_LANGUAGE: 'de',
      TEKTON_APPROVALS_MAIL_FROM: 'Freigaben <freigaben@corp.example>',
    };
    const eml = await PostalMime.parse(await shown('preview decided --eml', environment));
    expect(eml).toMatchObject({
      subject: 'Entschieden: approve of release-7x9k2 (shop)',
      from: { name: 'Freigaben', address: 'freigaben@corp.example' },
    });
    expect(await shown('preview decided --language en', environment)).toMatch(/^Subject: Re: /u);
    expect(await shown('preview decided --templates=', environment)).toMatch(/^Subject: Re: /u);
    expect(await shown(`preview decided --language de --templates ${folder}`)).toMatch(
      /^Subject: Entschieden: /u,
    );
  });

  test('names what is wrong with any template, and ends with code 1', async () => {
    writeFileSync(path.join(folder, 'decided.de.subject.liquid'), '{{ nothing }}');
    expect(await run(`preview requested --templates ${folder}`)).toEqual({
      code: 1,
      problems: [expect.stringContaining('decided.de.subject.liquid: undefined variable: nothing')],
    });
    expect(await run(`preview requested --templates ${folder}/none`)).toMatchObject({ code: 1 });
  });

  test.each([
    ['preview', 'KIND is one of requested, secondStepRequested'],
    ['preview responded', 'KIND is one of'],
    ['preview requested decided', 'Only one KIND can be shown'],
    ['preview requested --language de_DE', '--language must be a language such as en, de or pt-BR'],
    ['review requested', 'The command is mail preview KIND'],
    ['preview requested --html --eml', 'Only one of --text, --html and --eml'],
    ['preview requested --pdf', "Unknown option '--pdf'"],
  ])('the arguments %j end with code 2 and one line that leads to the usage', async (args, problem) => {
    const printed = await run(args);
    expect(printed).toEqual({ code: 2, problems: [expect.stringContaining(problem)] });
  });

  test('wrong settings end with code 2, all of them named', async () => {
    expect(await run('preview requested', { TEKTON_APPROVALS_WEB_PORT: 'x' })).toEqual({
      code: 2,
      problems: [expect.stringContaining('web.port')],
    });
  });

  test('its help names every kind and option', async () => {
    const text = await shown('preview --help');
    for (const word of [
      ...mailedKinds,
      '--text',
      '--html',
      '--eml',
      '--language',
      '--templates',
      'Exit codes',
    ])
      expect(text).toContain(word);
  });
});
