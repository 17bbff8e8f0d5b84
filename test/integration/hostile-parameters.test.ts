import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiVersion, approvalTaskKind } from '../../src/api/names.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import { approvalTasks, customRuns } from '../../src/api/resources.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient } from '../fakes/form-client.ts';
import { openGate, type Gate } from './gate.ts';
import { resultsOf } from './turns.ts';

/** What the author of a pipeline may write into an approval, on a real operator, API server and mail server. */

let gate: Gate;
beforeAll(async () => {
  gate = await openGate({ standalone: true });
});
afterAll(async () => gate.close());

const ann = 'ann@example.com';
let count = 0;

interface Written {
  readonly params: Record<string, unknown> | { name: string; value: unknown }[];
  readonly spec?: object;
  readonly metadata?: object;
}

/** Makes a run by hand; its name. */
async function begin({ params, spec, metadata }: Written): Promise<string> {
  const name = `hostile-${String((count += 1))}`;
  const list = Array.isArray(params)
    ? params
    : Object.entries(params).map(([param, value]) => ({ name: param, value }));
  await gate.create<CustomRun & KubeObject>(customRuns, {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: { name, ...metadata },
    spec: { customRef: { apiVersion, kind: approvalTaskKind }, params: list, ...spec },
  });
  return name;
}

/** The run ends unasked, says what is wrong, and is never approved. */
async function expectRefused(written: Written, says: string): Promise<void> {
  const name = await begin(written);
  const run = await gate.customRun(name);
  expect(run.status?.conditions?.[0]).toMatchObject({ status: 'False', reason: 'InvalidParameters' });
  expect(run.status?.conditions?.[0]?.message).toContain(says);
  expect(resultsOf(run)).toMatchObject({ decision: 'false', approvers: '' });
  expect(await gate.read(approvalTasks, name)).toBeUndefined();
}

const alice = { approvers: ['alice'] };
const many = (number: number): string[] => Array.from({ length: number }, (_, at) => `p${String(at)}`);

describe('parameters that would make a gate of nobody, or of nothing that can be read', () => {
  it('H18: an empty list, and a threshold of any value: the run fails with the reason, and is never approved', async () => {
    await expectRefused({ params: { approvers: [] } }, 'approvers: nobody is named');
    await Promise.all(
      ['0', '-1', '1000000000', 'NaN', ''].map(async (threshold) =>
        expectRefused({ params: { ...alice, threshold } }, '"threshold": is not a parameter'),
      ),
    );
    await expectRefused({ params: { ...alice, strategy: 'MULTI' }, spec: { retries: -1 } }, 'spec.retries');
  });

  it('H19: an unknown strategy or parameter, a wrong type, 10 000 approvers: refused with the name of the field', async () => {
    await expectRefused({ params: { ...alice, strategy: 'ANYBODY' } }, 'strategy: "ANYBODY" is not one of');
    await expectRefused({ params: { ...alice, approver: 'bob' } }, '"approver": is not a parameter');
    await expectRefused(
      { params: { ...alice, description: ['a', 'list'] } },
      'description: must be one text',
    );
    await expectRefused(
      { params: { approvers: many(10_000) } },
      'approvers: has 10000 entries; at most 100 are allowed',
    );
  });
});

describe('parameters without measure', () => {
  it('size-01: 10 000 parameters: refused, with those that are named first and how many more', async () => {
    const params = many(10_000).map((name) => ({ name, value: 'x' }));
    await expectRefused({ params: [{ name: 'approvers', value: ['alice'] }, ...params] }, 'and 9980 more');
  });

  it('size-02: a description of 1 MB: refused, with its length and the limit', async () => {
    await expectRefused(
      { params: { ...alice, description: 'x'.repeat(2 ** 20) } },
      'description: has 1048576 characters; at most 4096 are allowed',
    );
  });

  it('size-03: a run of 1.4 MB of junk is judged like any other', async () => {
    const junk = { params: { ...alice, junk: 'x'.repeat(1_150_000) } };
    const metadata = { annotations: { 'example.com/junk': 'x'.repeat(250_000) } };
    await expectRefused({ ...junk, metadata }, '"junk": is not a parameter');
    const name = await begin({ params: alice, metadata });
    expect((await gate.task(name)).metadata.annotations).not.toHaveProperty('example.com/junk');
  });
});

describe('an embedded spec without measure', () => {
  it('size-04: references that would make gigabytes of 700 KB: refused, and the next run is served', async () => {
    const spec = { approvers: ['alice'], description: '$(params.a)'.repeat(50_000) };
    const customSpec = { apiVersion, kind: approvalTaskKind, spec };
    const params = { a: 'y'.repeat(100_000) };
    await expectRefused(
      { params, spec: { customRef: undefined, customSpec } },
      'references may bring at most 200000',
    );
    await gate.task(await begin({ params: alice }));
  });
});

describe('times without measure', () => {
  it('time-01: a deadline a hundred years away is kept, and shown as such', async () => {
    const name = await begin({ params: { approvers: [ann], timeout: '876000h' } });
    const task = await gate.task(name);
    const inYears = Number(task.status?.deadline?.slice(0, 4)) - Number(task.status?.startTime?.slice(0, 4));
    expect([99, 100]).toContain(inYears);
    const browser = new FormClient();
    const form = await browser.open(await gate.mailedLink(ann, task));
    expect(form.body).toContain('100 years');
    expect((await browser.answer(form, 'approve')).status).toBe(200);
  });

  it('time-02: timeouts that no clock can hold are refused with what to write instead', async () => {
    const absurd = [
      '2562048h',
      '9999999999999h',
      '1e9h',
      '-876000h',
      `${'9'.repeat(300)}ns`,
      '1y',
      'PT1H',
      'NaN',
    ];
    await Promise.all(
      absurd.map(async (timeout) =>
        expectRefused({ params: { ...alice, timeout } }, 'a Go duration such as 30m'),
      ),
    );
  });

  it('time-03: a timeout of a nanosecond is a whole second, and ends without an approval', async () => {
    const name = await begin({ params: { ...alice, timeout: '1ns' } });
    const run = await gate.customRun(name);
    expect(run.status?.conditions?.[0]?.reason).toBe('CustomRunTimedOut');
    expect(resultsOf(run)).toMatchObject({ decision: 'false', outcome: 'timedOut' });
  });
});

describe('texts that want to be more than text', () => {
  const markup = '<script>alert(1)</script>"><img src=x onerror=alert(1)></textarea>{{123*457}}${x}';

  it('H20: markup and templates in description, pipeline and context are text on the page and in the mail', async () => {
    const context = { [markup.slice(0, 100)]: markup };
    const name = await begin({
      params: { approvers: [ann], description: markup, pipeline: markup, context },
    });
    const task = await gate.task(name);
    const form = await new FormClient().open(await gate.mailedLink(ann, task));
    const { parsed } = await gate.mail.waitFor(({ parsed: mail }) => (mail.subject ?? '').includes(name));
    for (const html of [form.body, parsed.html ?? '']) {
      expect(html).toContain('&lt;script>alert(1)&lt;/script>');
      expect(html).not.toMatch(/<script>|<img|56211/u);
    }
  });

  it('H21: bidirectional controls and blanks without width are shown as what they are, 4 096 emoji as themselves', async () => {
    const description = `approve \u202eevorppa\u202c \u200b\u2066x\u2069 <!channel> <https://evil.example|here>`;
    const name = await begin({ params: { approvers: [ann], description } });
    const form = await new FormClient().open(await gate.mailedLink(ann, await gate.task(name)));
    expect(form.body).not.toMatch(/[\u200b\u202a-\u202e\u2066-\u2069]/u);
    expect(form.body).toContain('&lt;!channel>');
    const emoji = await begin({ params: { approvers: [ann], description: '\u{1f642}'.repeat(4_096) } });
    const long = await new FormClient().open(await gate.mailedLink(ann, await gate.task(emoji)));
    expect(long.body).toContain('\u{1f642}'.repeat(4_096));
  });

  it('H23: line breaks and a header in the name of the pipeline stay in one line, and one person gets the mail', async () => {
    const pipeline = 'release\r\nBcc: evil@evil.example\r\n\r\nBody';
    const name = await begin({ params: { approvers: [ann], pipeline } });
    await gate.task(name);
    const mail = await gate.mail.waitFor(({ parsed }) => (parsed.subject ?? '').includes(name));
    expect(mail.to).toEqual([ann]);
    expect(mail.header('Bcc')).toBeUndefined();
    expect(mail.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc:/imu);
  });
});
