import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeopleSource, type StoredPeople } from './peoplesource.ts';

const good = 'persons: [{ handle: jane, emails: [jane@example.com] }]';
const broken = 'persons: [{ handle: jane, emails: [jane-at-example.com] }]';
const badAddress = 'persons[0].emails[0] must be one plain e-mail address such as jane@example.com.';

let stored: StoredPeople | undefined;
let failure: Error | undefined;
let leads: boolean;
let told: string[];
let lines: string[];
let changes: number;
let source: PeopleSource;

beforeEach(() => {
  vi.useFakeTimers();
  [stored, failure, leads, told, lines, changes] = [undefined, undefined, true, [], [], 0];
  source = new PeopleSource({
    store: {
      read: async () => {
        await Promise.resolve();
        if (failure !== undefined) throw failure;
        return stored;
      },
    },
    pollMs: 5_000,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    tell: (problem) => {
      if (leads) told.push(problem);
      return leads;
    },
    onChange: () => {
      changes += 1;
    },
  });
});
afterEach(() => {
  source.stop();
  vi.useRealTimers();
});

let version = 1;
function store(text: string | undefined): void {
  version += 1;
  stored = { resourceVersion: String(version), text };
}
const look = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(5_000));
const handles = (): readonly string[] | undefined => source.current()?.persons.map(({ handle }) => handle);

test('without a ConfigMap nobody is known, and that is no problem', async () => {
  await source.start();
  expect(handles()).toEqual([]);
  expect(source.problem()).toBeUndefined();
});

test('a change is in force at the next look, and told once', async () => {
  store(good);
  await source.start();
  expect(handles()).toEqual(['jane']);
  const before = source.current();
  await look();
  expect(source.current()).toBe(before);
  store(good.replace('handle: jane', 'handle: doe'));
  await look();
  expect(handles()).toEqual(['doe']);
  expect(changes).toBe(2);
});

test('broken while running, the last good one stays in force; the problem is told once, and again when it is another', async () => {
  store(good);
  await source.start();
  store(broken);
  await look();
  await look();
  expect(handles()).toEqual(['jane']);
  expect(source.problem()).toBe(badAddress);
  expect(source.fault()).toBe(badAddress);
  expect(told).toEqual([badAddress]);
  expect(changes).toBe(2);
  store(undefined);
  await look();
  expect(told).toEqual([badAddress, 'the ConfigMap has no key people.yaml.']);
  store(good);
  await look();
  expect([source.problem(), source.fault()]).toEqual([undefined, undefined]);
  store(broken);
  await look();
  expect(told).toHaveLength(3);
});

test('broken at the start there is no directory, until the file is mended; it is looked for each second', async () => {
  store(broken);
  await source.start();
  expect(source.current()).toBeUndefined();
  expect(source.problem()).toBe(badAddress);
  store(good);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handles()).toEqual(['jane']);
  expect(changes).toBe(2);
});

test('an API server that cannot be asked is no mistake in the file, and takes none back', async () => {
  store(good);
  await source.start();
  failure = new Error('away');
  await look();
  expect([source.problem(), source.fault()]).toEqual(['the ConfigMap cannot be read: away', undefined]);
  failure = undefined;
  store(broken);
  await look();
  failure = new Error('away');
  await look();
  expect(source.fault()).toBe(badAddress);
  expect(changes).toBe(2);
});

test('a broken file that goes where there was none before leaves no mistake', async () => {
  await source.start();
  store(broken);
  await look();
  expect(source.fault()).toBe(badAddress);
  stored = undefined;
  await look();
  expect(source.fault()).toBeUndefined();
});

test('what cannot be read at the start is not taken for missing, and nobody is told by Event', async () => {
  failure = new Error('forbidden');
  await source.start();
  expect(source.current()).toBeUndefined();
  expect(source.problem()).toBe('the ConfigMap cannot be read: forbidden');
  expect(told).toEqual([]);
  failure = undefined;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(handles()).toEqual([]);
});

test('deleted while running, what it said stays in force and is told; a directory of nobody may go', async () => {
  store(good);
  await source.start();
  stored = undefined;
  await look();
  expect(handles()).toEqual(['jane']);
  expect(told[0]).toMatch(/^the ConfigMap was deleted\./);
  store('persons: []');
  await look();
  stored = undefined;
  await look();
  expect(source.problem()).toBeUndefined();
  expect(handles()).toEqual([]);
});

test('a problem that was found before this replica led is told once it leads', async () => {
  store(broken);
  leads = false;
  await source.start();
  expect(told).toEqual([]);
  leads = true;
  await vi.advanceTimersByTimeAsync(1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([badAddress]);
});

test.each([
  ['a broken line', 'persons:\n - handle: "jane@example.com', /^The file is not YAML: .* in line \d+\.$/],
  [
    'an empty file',
    '# persons: []',
    /^The file is empty: to have no directory, let it say "persons: \[\]"\.$/,
  ],
  ['a key twice', 'persons: []\npersons: []', /^The file is not YAML: duplicated mapping key in line 2\.$/],
])('%s is named, by its line at most', async (_name, text, problem) => {
  store(text);
  await source.start();
  expect(source.problem()).toMatch(problem);
});

test('no log line and no Event holds a name or an address of the file', async () => {
  store(good);
  await source.start();
  for (const text of [broken, `${good}\nx: jane@example.com`, 'jane@example.com: [', `? jane@example.com`]) {
    store(text);
    await look();
  }
  expect(told).toHaveLength(4);
  const said = [...lines, ...told].join('\n').replaceAll('such as jane@example.com', '');
  expect(said).not.toMatch(/jane|example/);
});
