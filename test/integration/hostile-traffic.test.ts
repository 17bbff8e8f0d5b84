import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalDecisions, approvalTasks, customRuns, pipelineRuns } from '../../src/api/resources.ts';
import { leaseType } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventType } from '../../src/kube/recorder.ts';
import { issueCertificate } from '../fakes/certificate.ts';
import { FormClient } from '../fakes/form-client.ts';
import { sized } from '../tier.ts';
import { ask, people } from './asking.ts';
import { openGate, type Gate } from './gate.ts';
import { until } from './until.ts';
import { scratchFolder } from '../scratch.ts';

/** Strangers by the thousand, and what they, or a reader of logs and metrics, could learn. */

const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
const smtp = { username: 'approvals-mailer', password: 'Sm7p-pa55word-of-the-bank' };
/** Legal, and as awkward in a log, a label or an address as they come. */
const hostile = "o'brien+{{x}}%2e&=@example.com";
const comment = 'the-code-of-the-vault-is-4711';

let gate: Gate;
beforeAll(async () => {
  const caFile = join(scratchFolder('mail-'), 'ca.pem');
  writeFileSync(caFile, tls.cert);
  gate = await openGate({
    mail: { tls, implicit: true, auth: smtp },
    settings: {
      MAIL_TLS: 'implicit',
      MAIL_CA_FILE: caFile,
      MAIL_USERNAME: smtp.username,
      MAIL_PASSWORD: smtp.password,
    },
  });
});
afterAll(async () => gate.close());

const at = (port: string, path: string): string => `http://127.0.0.1:${gate.settings[port] ?? ''}${path}`;
const textOf = async (url: string): Promise<string> => (await fetch(url)).text();

/** Everything that stands where nobody in particular reads it, by where it stands. */
async function openPlaces(names: { run: string; token: string }): Promise<Record<string, string>> {
  const objects = await Promise.all(
    [customRuns, pipelineRuns, approvalTasks, approvalDecisions, leaseType].map(async (type) =>
      gate.all<KubeObject>(type),
    ),
  );
  const wrong = ['/', '/nope', '/l/x', `/l/${names.token.slice(0, -1)}`, `/a/${gate.namespace}/${names.run}`];
  return {
    log: gate.log.join(''),
    metrics: await textOf(at('METRICS_PORT', '/metrics')),
    readiness: await textOf(at('PROBES_PORT', '/readyz')),
    'names and labels': JSON.stringify(
      objects.flat().map(({ metadata }) => [metadata.name, metadata.labels]),
    ),
    'pages for strangers': (await Promise.all(wrong.map(async (path) => textOf(gate.baseUrl + path)))).join(
      '',
    ),
    'form address': names.token,
  };
}

describe('a whole life of a request', () => {
  it('H65: leaves no token, password, address or comment in logs, metrics, labels, addresses or pages for strangers', async () => {
    const task = await ask(gate, 'secretive', { params: people(hostile, 'ann@example.com') });
    const link = await gate.mailedLink(hostile, task);
    const token = link.split('/l/')[1] ?? '';
    const browser = new FormClient();
    const form = await browser.open(link);
    await browser.answer(
      { ...form, body: form.body.replace(/name="csrf" value="[^"]*"/u, 'name="csrf"') },
      'approve',
    );
    const settled = await browser.answer(form, 'approve', comment);
    expect(settled.body).toContain(comment);
    await gate.customRun('secretive-approve');
    await until('mails and answers on record', async () =>
      gate.log.some((line) => line.includes('wrote verdict')),
    );
    const places = await openPlaces({ run: task.metadata.name, token });
    const payload = token.split('.')[2] ?? 'none';
    const secrets = [
      token.slice(0, 60),
      payload,
      smtp.password,
      comment,
      hostile,
      "o'brien",
      'ann@example.com',
    ];
    for (const [place, text] of Object.entries(places)) {
      expect({ place, length: text.length > 0 }).toEqual({ place, length: true });
      for (const secret of place === 'form address' ? [hostile, "o'brien"] : secrets)
        expect({ place, secret, found: text.includes(secret) }).toEqual({ place, secret, found: false });
    }
    const told = JSON.stringify([
      await gate.all(eventType),
      await gate.all(approvalTasks),
      await gate.all(customRuns),
    ]);
    for (const secret of [token.slice(0, 60), payload, smtp.password]) expect(told).not.toContain(secret);
    expect(form.url).not.toContain('brien');
  });
});

/** Opens a connection and sends this. */
function begin(text: string): Socket {
  const socket = connect(Number(gate.settings['WEB_PORT']), '127.0.0.1', () => socket.write(text));
  return socket.on('error', () => socket.destroy());
}

/** What came back on a connection when it was closed. */
async function answerOn(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('close', () => resolve(answer));
  });
}

describe('a flood', () => {
  it('H36: of random links, endless headers and connections that never finish: an approver is served meanwhile', async () => {
    const task = await ask(gate, 'under-flood', { params: people('ann@example.com') });
    const link = await gate.mailedLink('ann@example.com', task);
    const browser = new FormClient();
    const form = await browser.open(link);
    const slow = Array.from({ length: 300 }, () => begin('GET / HTTP/1.1\r\nHost: localhost\r\nX: '));
    const tall = answerOn(begin(`GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(100_000)}\r\n`));
    const statuses = new Map<number, number>();
    const strangers = Array.from({ length: 40 }, async (_, stranger) => {
      for (let count = 0; count < sized({ short: 50, long: 500 }); count += 1) {
        const { status } = await fetch(`${gate.baseUrl}/l/v1.k.${String(stranger)}.${String(count)}`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    expect((await browser.answer(form, 'approve')).status).toBe(200);
    await Promise.all(strangers);
    // How many are refused unread, with 429, depends on how fast they come: src/web/flood.test.ts.
    expect([...statuses.keys()].filter((status) => status !== 404 && status !== 429)).toEqual([]);
    expect(await tall).toMatch(/^HTTP\/1\.1 431 /u);
    for (const socket of slow) socket.destroy();
    expect((await gate.task(task.metadata.name)).status?.outcome).toBe('approved');
  });
});
