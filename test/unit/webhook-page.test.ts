import { expect, test } from 'vitest';
import { channelMessage, everyKind } from '../../src/notify/messagefixture.ts';
import { bodyOf, eventType } from '../../src/notify/webhook/body.ts';
import { dataOf } from '../../src/notify/webhook/data.ts';
import { read } from './repository.ts';

const page = read('docs/spec/webhook.md');
/** First cells of a table's rows that are code. */
const named = (section: string): string[] =>
  [...section.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name = '']) => name);
const tableAfter = (heading: string): string[] => named(page.split(heading)[1]?.split('\n\n')[1] ?? '');

test('docs/spec/webhook.md shows a body as it is sent', () => {
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const frame = { type: 'approval.requested', id: 'i', source: 's', now: '2026-11-21T09:00:00Z' } as const;
  expect(JSON.parse(example)).toEqual(JSON.parse(bodyOf(channelMessage('requested'), 'json', frame)));
});

test('docs/spec/webhook.md describes every type of event, and no other', () => {
  const types = new Set(everyKind.flatMap((kind) => eventType(kind) ?? []));
  expect(named(page.split('| `type` ')[1] ?? '').filter((name) => name.startsWith('approval.'))).toEqual([
    ...types,
  ]);
});

test('docs/spec/webhook.md describes every field of the data, and no other', () => {
  const small = { points: 1, entries: 1 };
  const fields = everyKind.flatMap((kind) => Object.keys(dataOf(channelMessage(kind), small)));
  const described = named(page.split('| Field of `data`')[1]?.split('\n\n')[0] ?? '');
  expect(described.toSorted()).toEqual([...new Set(fields)].toSorted());
});

test('docs/spec/webhook.md describes every attribute of a CloudEvent, and no other', () => {
  const frame = { type: 'approval.requested', id: 'i', source: 's', now: '2026-11-21T09:00:00Z' } as const;
  const event = JSON.parse(bodyOf(channelMessage('requested'), 'cloudevents', frame)) as object;
  expect(tableAfter('signed in the same way:')).toEqual(Object.keys(event));
});
