import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { globSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { channelKinds } from '../../src/api/channels.ts';
import { readChannels } from '../../src/api/channelsdocument.ts';
import { readPeople } from '../../src/api/people.ts';
import { readConfig } from '../../src/config.ts';
import { eventType } from '../../src/notify/webhook/body.ts';
import { scratchFolder } from '../scratch.ts';
import { objectsIn, read, root } from './repository.ts';

const page = read('docs/guides/notifications.md');
const section = (title: string): string => page.split(/^##+ /m).find((text) => text.startsWith(title)) ?? '';

/** Every block of code of a language, or of YAML with a word behind it, without the indent that a list gives it. */
function blocks(language: string): string[] {
  const found = page.matchAll(/^( *)```(.+)\n([\s\S]*?)^ *```$/gm);
  return [...found]
    .filter(([, , info]) => info === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

const object = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  data: z.record(z.string(), z.string()).optional(),
  stringData: z.record(z.string(), z.string()).optional(),
});

describe('docs/guides/notifications.md', () => {
  test.each(blocks('yaml channels').map((text) => ({ text })))(
    'shows channels that the operator takes: number %#',
    ({ text }) => {
      expect(readChannels(load(text))).toMatchObject({ ok: true });
    },
  );

  test('shows channels of every kind, and both forms of Slack', () => {
    const documents = blocks('yaml channels').map((text) => {
      const document = readChannels(load(text));
      if (!document.ok) throw new Error(document.problems.join());
      return document.channels;
    });
    const slack = documents.flatMap(({ slack: all }) => [...all.values()]);
    expect(slack.some((one) => 'webhookUrl' in one)).toBe(true);
    expect(slack.some((one) => 'botToken' in one && one.directMessages)).toBe(true);
    expect(documents.some(({ teams }) => teams.size > 0)).toBe(true);
    expect(documents.some(({ webhook }) => webhook.size > 0)).toBe(true);
  });

  test.each(
    blocks('yaml')
      .filter((text) => text.includes('kind: ConfigMap'))
      .map((text) => ({ text })),
  )('shows settings that the operator takes: number %#', ({ text }) => {
    const [settings] = loadAll(text).map((one) => object.parse(one));
    expect(settings?.metadata.name).toBe('tekton-approvals-settings');
    expect(readConfig(settings?.data ?? {})).toMatchObject({ ok: true });
  });

  test('every setting that stands in a line of its own is one', () => {
    const shown = [...page.matchAll(/`(TEKTON_APPROVALS_\w+): ([^`\n]+)`/g)];
    expect(shown.length).toBeGreaterThan(4);
    for (const [, name = '', value] of shown)
      expect(readConfig({ [name]: value })).toMatchObject({ ok: true });
  });

  test('files that settings name lie in a folder that the Deployment mounts, and so does the document', () => {
    const deployment = JSON.stringify(objectsIn('k8s/50-deployment.yaml'));
    const folders = [...page.matchAll(/\/etc\/tekton-approvals\/\w[\w-]*/g)].map(([folder]) => folder);
    expect(folders.length).toBeGreaterThan(3);
    for (const folder of folders) expect(deployment).toContain(`"mountPath":"${folder}"`);
    for (const name of ['tekton-approvals-channels', 'tekton-approvals-files'])
      expect([page.includes(name), deployment.includes(`"secretName":"${name}"`)]).toEqual([true, true]);
  });

  test('shows people that the directory takes, with a chat of an app that is shown', () => {
    const [text = ''] = blocks('yaml people');
    const directory = readPeople(load(text));
    if (!directory.ok) throw new Error(directory.problems.join());
    const [chat] = directory.people.persons.flatMap((person) => person.chat);
    expect(page).toContain(`  ${chat?.channel ?? '?'}:\n`);
  });

  test('has a row for each kind and each event', () => {
    const table = section('Who is told of what');
    for (const kind of channelKinds) expect(table).toContain(`\`${kind}\``);
    for (const type of channelKinds.map(eventType))
      if (type !== undefined) expect(table).toContain(`\`${type}\``);
  });

  test('has a row for each reason of the condition', () => {
    const reasons = [...read('src/notify/delivery.ts').matchAll(/^ {2}\w+: '([A-Z]\w+)',$/gm)];
    const rows = [...section('When something').matchAll(/^\| `([A-Z][A-Za-z]+)` /gm)];
    expect(rows.map(([, name]) => name)).toEqual(reasons.map(([, name]) => name));
  });

  test('quotes sentences that the code has, up to what is filled in', () => {
    const code = globSync('src/{notify,egress}/**/*.ts', { cwd: root }).map(read).join('\n');
    const quoted = [...section('When something').matchAll(/^\| (`[^|]*`) +\|/gm)]
      .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
      .flatMap((text) => text.split(/HOST|CODE|…|\bN\b|\d{3}|[:()]|\blogin$/))
      .map((part) => part.trim())
      .filter((part) => part.length >= 10 && !/^[A-Z]\w+$/.test(part));
    expect(quoted.length).toBeGreaterThan(15);
    expect(quoted.filter((part) => !code.includes(part))).toEqual([]);
  });
});

describe('what verifies a signature', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const body = '{"type":"approval.requested","data":{"description":"Größe"}}';
  const headersAt = (seconds: number, key = secret): Record<string, string> => {
    const mac = createHmac('sha256', Buffer.from(key.slice('whsec_'.length), 'base64'));
    const signature = mac.update(`id-1.${String(seconds)}.${body}`).digest('base64');
    return {
      'webhook-id': 'id-1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,AAAA v1,${signature}`,
    };
  };
  const now = Math.floor(Date.now() / 1000);
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  const cases: [string, Record<string, string>, string, boolean][] = [
    ['takes one of several signatures', headersAt(now), body, true],
    ['refuses another secret', headersAt(now, other), body, false],
    ['refuses another body', headersAt(now), `${body} `, false],
    ['refuses what is old', headersAt(now - 3600), body, false],
    ['refuses a time that is none', { ...headersAt(now), 'webhook-timestamp': 'now' }, body, false],
  ];
  const folder = scratchFolder('notifications-page-');

  test.each(cases)('in JavaScript: %s', async (...[, headers, sent, expected]) => {
    const file = path.join(folder, 'signature.mjs');
    writeFileSync(file, blocks('js')[0] ?? '');
    const { isSigned } = (await import(pathToFileURL(file).href)) as {
      isSigned: (given: object, bytes: Buffer, key: string) => boolean;
    };
    expect(isSigned(headers, Buffer.from(sent), secret)).toBe(expected);
  });

  test.each(cases)('in Python: %s', (...[, headers, sent, expected]) => {
    const program = `${blocks('python')[0] ?? ''}
import json, sys
headers, body, secret = json.load(sys.stdin)
print(is_signed(headers, body.encode(), secret))
`;
    const { stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify([headers, sent, secret]),
      encoding: 'utf8',
    });
    expect(stdout.trim(), stderr).toBe(expected ? 'True' : 'False');
  });
});
