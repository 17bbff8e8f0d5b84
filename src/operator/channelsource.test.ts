import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { noChannels, type Channels } from '../api/channels.ts';
import { readChannels } from '../api/channelsdocument.ts';
import { scratchFolder } from '../../test/scratch.ts';
import { ChannelSource } from './channelsource.ts';

const secret = 'https://hooks.slack.com/services/T0/B0/secret-path';
const one = `slack: { releases: { webhookUrl: "${secret}" } }`;

let file: string;
let lines: string;
let changes: number;
let source: ChannelSource;

function open(configured: Channels = noChannels): ChannelSource {
  const log = pino({ level: 'info' }, { write: (line: string) => (lines += line) });
  const refusal = (url: string): string | undefined =>
    url.startsWith('http:') ? 'plain http is refused' : undefined;
  const onChange = (): number => (changes += 1);
  source = new ChannelSource({ configured, file, pollMs: 5, log, refusal, onChange });
  return source;
}

beforeEach(() => {
  file = path.join(scratchFolder('channels-'), 'channels.yaml');
  [lines, changes] = ['', 0];
});
afterEach(() => source.stop());

const names = (): string[] => [...source.current().slack.values()].map(({ name }) => name);
const until = async (isTrue: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(isTrue()).toBe(true), { timeout: 30_000, interval: 5 });

describe('the document of channels', () => {
  test('is read at the start, and again when it changes', async () => {
    writeFileSync(file, one);
    await open().start();
    expect(names()).toEqual(['releases']);
    writeFileSync(file, one.replace('releases', 'ops'));
    await until(() => names().join() === 'ops');
    expect(changes).toBe(2);
  });

  test('is read once while it stays as it is', async () => {
    writeFileSync(file, one);
    await open().start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(changes).toBe(1);
    expect(lines.match(/channels in force/gu)).toHaveLength(1);
  });

  test('whose channel no request may reach says so when it comes into force, without the address', async () => {
    const hook = `webhook: { w: { url: "http://a.example/secret-path", secrets: [whsec_${'A'.repeat(32)}] } }`;
    writeFileSync(file, `${one}\n${hook}\nteams: { t: { webhookUrl: "http://b.example/secret-path" } }`);
    await open().start();
    expect(lines.match(/"refused":"[^"]*"/gu)).toEqual([
      '"refused":"teams.t: plain http is refused."',
      '"refused":"webhook.w: plain http is refused."',
    ]);
    expect(names()).toEqual(['releases']);
    expect(lines).not.toContain('secret-path');
  });

  test('that is not configured leaves those of the settings, and they are told', async () => {
    file = '';
    const read = readChannels({ slack: { ours: { webhookUrl: 'http://a.example/secret-path' } } });
    await open(read.ok ? read.channels : noChannels).start();
    expect(lines).toContain('"refused":"slack.ours: plain http is refused."');
    expect(lines).toMatch(/"slack":1,.*channels in force/u);
  });

  test('may come later: until then what the settings say is in force', async () => {
    const read = readChannels({ slack: { ours: { webhookUrl: secret } } });
    await open(read.ok ? read.channels : noChannels).start();
    expect(names()).toEqual(['ours']);
    writeFileSync(file, one);
    await until(() => names().join() === 'ours,releases');
  });

  test.each([
    ['is broken', 'slack: { releases: { webhook: "hooks.secret-path" } }', 'slack.releases has a field'],
    ['is no YAML', `${one}\nslack: [secret-path`, 'The file is not YAML: unexpected end of the stream'],
    ['has a stray colon', 'slack: secret-path: x', 'The file is not YAML: bad indentation'],
    ['is two', `${one}\n---\n${one}`, 'The file is more than one YAML document'],
  ])(
    'that %s is told once and without what stands in it, and what was good stays',
    async (...[, text, why]) => {
      writeFileSync(file, one);
      await open().start();
      writeFileSync(file, text);
      await until(() => source.problem() !== undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(source.problem()).toContain(why);
      expect(names()).toEqual(['releases']);
      expect(lines.match(/what was in force before stays/gu)).toHaveLength(1);
      expect(lines + String(source.problem())).not.toContain('secret-path');
      writeFileSync(file, one);
      await until(() => source.problem() === undefined);
    },
  );

  test('in which every line is a comment has no channels', async () => {
    writeFileSync(file, one);
    await open().start();
    writeFileSync(file, '# slack: {}\n');
    await until(() => names().length === 0);
    expect(source.problem()).toBeUndefined();
  });

  test('that is deleted takes its channels with it', async () => {
    writeFileSync(file, one);
    await open().start();
    rmSync(file);
    await until(() => names().length === 0);
  });

  test('that cannot be read is told', async () => {
    mkdirSync(file);
    await open().start();
    expect(source.problem()).toContain('cannot be read: EISDIR');
  });
});
