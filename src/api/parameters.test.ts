import { describe, expect, test } from 'vitest';
import {
  accepted,
  messageOf,
  params,
  read,
  reference,
  runWith,
  sha256,
  surroundings,
} from '../../test/builders/parameters.ts';
import { limits } from './limits.ts';
import { readParameters, type Surroundings } from './parameters.ts';

const digest = (given: Record<string, unknown>) => accepted(read({ approvers: 'bob', ...given })).spec.digest;

describe('what a pipeline author may write', () => {
  test('one approver is enough; everything else has its default', () => {
    const { spec, notes } = accepted(read({ approvers: ['jane@example.com'] }));
    expect(notes).toEqual([]);
    expect(spec).toEqual({
      customRunRef: {
        name: 'release-7-approve',
        uid: 'run-uid',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      pipelineRun: { name: 'release-7', uid: 'pr-uid' },
      pipelineTask: 'approve',
      pipeline: 'release-7',
      description: 'The pipeline run release-7 asks for an approval before it goes on, at its step approve.',
      strategy: 'SINGLE',
      approvers: ['jane@example.com'],
      groups: [],
      notifyOnSlack: '',
      notifyOnTeams: '',
      onReject: 'continue',
      commentRequired: 'never',
      timeout: '',
      retries: 0,
      requester: { name: '', certainty: 'unknown' },
      context: [],
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('everything can be said at once', () => {
    const given = {
      pipeline: 'Payments',
      description: 'Deploy **1.4.2**?',
      approvers: ['jane@example.com', 'bob'],
      strategy: 'FOUR_EYES',
      notifyOnSlack: 'releases',
      notifyOnTeams: 'ops',
      onReject: 'fail',
      commentRequired: 'reject',
      timeout: '90m',
      context: { version: '1.4.2', empty: '' },
    };
    const { spec } = accepted(read(given, { retries: 2 }));
    expect(spec).toMatchObject({
      ...given,
      retries: 2,
      context: [
        { name: 'version', value: '1.4.2' },
        { name: 'empty', value: '' },
      ],
    });
  });

  test.each([
    ['a list', ['a@x.io', 'bob']],
    ['a JSON list as text', '["a@x.io", "bob"]'],
    ['a JSON list as text with spaces around it', ' ["a@x.io","bob"]\n'],
  ])('approvers may be %s', (_, approvers) => {
    expect(accepted(read({ approvers })).spec.approvers).toEqual(['a@x.io', 'bob']);
  });

  test.each(['cn=doe,ou=people,dc=example', 'a@x.io', 'oidc:deployers', 'Alice', '-dash-', 'Zoë'])(
    'one text is one entry, commas and all: %s',
    (entry) => {
      expect(accepted(read({ approvers: entry })).spec.approvers).toEqual([entry]);
    },
  );

  test.each(['Approvers', ' approvers ', 'APPROVERS'])('the name %j is approvers', (name) => {
    expect(accepted(read({ [name]: 'bob' })).spec.approvers).toEqual(['bob']);
  });

  test.each([
    ['lines', ['a=1', 'b=x=y', 'c=']],
    ['a JSON list', '["a=1","b=x=y","c="]'],
    ['an object', { a: '1', b: 'x=y', c: '' }],
    ['a JSON object', '{"a":"1","b":"x=y","c":""}'],
  ])('context may be %s', (_, context) => {
    expect(accepted(read({ approvers: 'bob', context })).spec.context).toEqual([
      { name: 'a', value: '1' },
      { name: 'b', value: 'x=y' },
      { name: 'c', value: '' },
    ]);
  });

  test('empty texts mean that nothing was given', () => {
    const given = { approvers: 'bob', pipeline: '', description: '', notifyOnSlack: '', timeout: '' };
    expect(accepted(read(given)).spec.digest).toBe(accepted(read({ approvers: 'bob' })).spec.digest);
  });

  test('workspaces and serviceAccountName, which Tekton fills in, are ignored', () => {
    const rest = { workspaces: [{ name: 'source' }], serviceAccountName: 'default' };
    expect(read({ approvers: 'bob' }, rest).ok).toBe(true);
  });

  test('groups win over approvers, and the run says so', () => {
    const { spec, notes } = accepted(read({ approvers: 'bob', groups: ['deployers'] }));
    expect(spec.groups).toEqual(['deployers']);
    expect(notes).toEqual(['Groups are given, so the people in approvers are not asked.']);
  });

  test('the digest covers what is shown and not who tells it', () => {
    expect(digest({})).toBe(digest({}));
    expect(digest({ description: 'x' })).not.toBe(digest({}));
    expect(digest({ notifyOnSlack: 'x' })).toBe(digest({}));
  });
});

describe('defaults', () => {
  test.each<[string, Partial<Surroundings>, string]>([
    ["the pipeline's name, where the PipelineRun refers to one", { pipeline: 'deploy' }, 'deploy'],
    ['else the owning PipelineRun', {}, 'release-7'],
  ])('pipeline: %s', (_, around, expected) => {
    expect(accepted(read({ approvers: 'bob' }, {}, around)).spec.pipeline).toBe(expected);
  });

  test('a standalone run goes by its own name', () => {
    const { pipelineRun: _, ...standalone } = surroundings;
    const run = runWith({ customRef: reference, params: params({ approvers: 'bob' }) });
    const { spec } = accepted(readParameters(run, standalone, sha256));
    expect(spec.pipeline).toBe('release-7-approve');
    expect(spec.description).toBe('The run release-7-approve asks for an approval.');
    expect(spec).not.toHaveProperty('pipelineRun');
  });

  test("the description is the pipeline task's own, cut where it is too long", () => {
    const around = { taskDescription: '🙂'.repeat(limits.description + 1) };
    const { description } = accepted(read({ approvers: 'bob' }, {}, around)).spec;
    expect(Array.from(description)).toHaveLength(limits.description);
    expect(description.endsWith('🙂…')).toBe(true);
  });
});

describe('timeout', () => {
  test.each<[string, unknown, unknown, string]>([
    ["the run's own comes first", '1h0m0s', '5m', '1h0m0s'],
    ['the parameter is used where the run has none', undefined, '5m', '5m'],
    ['0 means no limit, and the parameter does not bring one back', '0s', '5m', ''],
    ['0 in the parameter means no limit', undefined, '0', ''],
    ['none at all means no limit', undefined, undefined, ''],
  ])('%s', (_, ...[ofRun, ofParameter, expected]) => {
    const given = ofParameter === undefined ? {} : { timeout: ofParameter };
    const rest = ofRun === undefined ? {} : { timeout: ofRun };
    expect(accepted(read({ approvers: 'bob', ...given }, rest)).spec.timeout).toBe(expected);
  });

  test.each<[unknown, unknown, string]>([
    ['-1h', undefined, 'spec.timeout: "-1h" is negative'],
    [
      3600,
      undefined,
      'spec.timeout: must be a Go duration such as 30m, 24h or 1h30m, or 0 for no limit, not a number',
    ],
    [undefined, '1d', 'timeout: "1d" is not a duration'],
    [undefined, '10', 'timeout: "10" is not a duration'],
    [undefined, '1h30', 'timeout: "1h30" is not a duration'],
    [
      undefined,
      ['1h'],
      'timeout: must be a Go duration such as 30m, 24h or 1h30m, or 0 for no limit, not a list',
    ],
    ['1h', 'soon', 'timeout: "soon" is not a duration'],
    [undefined, '1h'.repeat(40), 'is not a duration'],
  ])('run %j and parameter %j are refused', (ofRun, ofParameter, expected) => {
    const given = ofParameter === undefined ? {} : { timeout: ofParameter };
    const rest = ofRun === undefined ? {} : { timeout: ofRun };
    expect(messageOf(read({ approvers: 'bob', ...given }, rest))).toContain(expected);
  });

  test.each([-1, 11, 1.5, '2', true, NaN])('%j retries are refused', (retries) => {
    expect(messageOf(read({ approvers: 'bob' }, { retries }))).toContain(
      'spec.retries: must be a whole number from 0 to 10',
    );
  });
});
