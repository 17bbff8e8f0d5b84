import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { documentOf, entryOf } from './document.ts';
import { hostile, requestOf } from './fixture.ts';
import { visible } from './visible.ts';

const request = requestOf({ name: 'one', spec: { description: hostile } });
const kept = { ...request, metadata: { ...request.metadata, managedFields: [{ manager: 'x' }] } };
const whole = { ...request, apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask' };

describe('requests for programs', () => {
  it('are a List that parses to what is stored, without the bookkeeping', async () => {
    const list = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items: [whole, whole] };
    expect(JSON.parse(await documentOf('json', [kept, kept]))).toEqual(list);
    expect(load(await documentOf('yaml', [kept, kept]))).toEqual(list);
  });

  it('are an empty List where there is none', async () => {
    expect(JSON.parse(await documentOf('json', []))).toMatchObject({ kind: 'List', items: [] });
    expect(await documentOf('name', [])).toBe('');
  });

  it('have names that kubectl understands', async () => {
    expect(await documentOf('name', [request])).toBe('approvaltask.tekton.automatiko.io/one\n');
  });

  it('follow one another as they change', async () => {
    expect(JSON.parse(await entryOf('json', kept))).toEqual(whole);
    const yaml = await entryOf('yaml', kept);
    expect(yaml.startsWith('---\n')).toBe(true);
    expect(load(yaml)).toEqual(whole);
    expect(await entryOf('name', kept)).toBe('approvaltask.tekton.automatiko.io/one\n');
  });

  it('hold nothing that a terminal would obey', async () => {
    const json = await documentOf('json', [request]);
    expect(visible(json.replaceAll('\n', ''))).toBe(json.replaceAll('\n', ''));
    expect(await documentOf('yaml', [request])).not.toMatch(/[^\n\P{Cc}]/u);
  });
});
