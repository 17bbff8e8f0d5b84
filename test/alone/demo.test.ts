import { spawn, type ChildProcess } from 'node:child_process';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';
import { namespaces } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { until } from '../integration/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The demo as its user starts it, and what it has printed so far. */
class Demo {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly exited: Promise<number | null>;

  constructor(...args: string[]) {
    // No kubeconfig of the user's may be read: one that is not there would fail.
    const env = { ...process.env, KUBECONFIG: '/nowhere/kubeconfig', NO_COLOR: '1' };
    this.#child = spawn(process.execPath, ['tools/demo/main.ts', ...args], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    this.exited = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  async says(text: string): Promise<string> {
    return until(
      `the demo to say ${text}`,
      async () => this.lines.find((line) => line.includes(text)),
      120_000,
    );
  }

  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.exited;
  }
}

async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const portIn = (line: string): number => Number(/localhost:(\d+)/.exec(line)?.[1]);
const demoNamespaces = async (): Promise<string[]> => {
  const admin = KubeClient.load(inject('controlPlane').kubeconfig);
  const { items } = await admin.list(namespaces);
  await admin.close();
  return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('approvals-demo-'));
};

describe('the demo', () => {
  it('decides by itself against a cluster that was given, and shows the branch that ran', async () => {
    const demo = new Demo('--auto', '--kubeconfig', inject('controlPlane').kubeconfig);
    expect(await demo.exited, demo.lines.join('\n')).toBe(0);
    const said = demo.lines.join('\n');
    expect(said).toContain('To: approver@example.com');
    expect(said).toContain('ran       build, deploy');
    expect(said).toContain('skipped   tell-why-not');
    await until('its namespace to be gone', async () => (await demoNamespaces()).length === 0);
  });

  it('decides with the command-line tool, as the user whom the pipeline asks', async () => {
    const demo = new Demo('--auto', '--cli', '--kubeconfig', inject('controlPlane').kubeconfig);
    expect(await demo.exited, demo.lines.join('\n')).toBe(0);
    const said = demo.lines.join('\n');
    expect(said).toMatch(/deploy-\w+-approve +waits for you/u);
    expect(said).toContain('your approval counts. It was approved by approver@example.com');
    expect(said).toContain('ran       build, deploy');
    await until('its namespace to be gone', async () => (await demoNamespaces()).length === 0);
  });

  it('tells channels of Slack and Teams as well, and ends well only once each says how it ended', async () => {
    const demo = new Demo('--auto', '--slack', '--teams', '--kubeconfig', inject('controlPlane').kubeconfig);
    expect(await demo.exited, demo.lines.join('\n')).toBe(0);
    const said = demo.lines.join('\n');
    expect(said).toMatch(/Slack +http:\/\/127\.0\.0\.1:\d+\//u);
    expect(said).toMatch(/Teams +http:\/\/127\.0\.0\.1:\d+\//u);
    expect(said).toContain('The card says how it ended');
    for (const port of said.match(/(?<=127\.0\.0\.1:)\d+/gu) ?? [])
      expect(await isOpen(Number(port))).toBe(false);
    await until('its namespace to be gone', async () => (await demoNamespaces()).length === 0);
  });

  it('leaves no port open and no namespace behind when it is interrupted while waiting', async () => {
    const demo = new Demo('--kubeconfig', inject('controlPlane').kubeconfig);
    const port = portIn(await demo.says('/l/v1.'));
    expect(await isOpen(port)).toBe(true);
    expect(await demo.interrupt()).toBe(130);
    expect(await isOpen(port)).toBe(false);
    await until('its namespace to be gone', async () => (await demoNamespaces()).length === 0);
  });

  it('leaves nothing behind when it is interrupted after deciding', async () => {
    const demo = new Demo('--auto', '--kubeconfig', inject('controlPlane').kubeconfig);
    const port = portIn(await demo.says('/l/v1.'));
    await demo.says('Decided as a browser would');
    // It may have ended by itself in the same moment.
    expect([0, 130]).toContain(await demo.interrupt());
    expect(await isOpen(port)).toBe(false);
    await until('its namespace to be gone', async () => (await demoNamespaces()).length === 0);
  });

  it('ends the control plane that it started when it is interrupted while waiting', async () => {
    const demo = new Demo();
    const port = portIn(await demo.says('/l/v1.'));
    expect(await demo.interrupt()).toBe(130);
    expect(await isOpen(port)).toBe(false);
  });

  it('says in one sentence that the kubeconfig it was given is not there', async () => {
    const demo = new Demo('--kubeconfig', '/nowhere/kubeconfig');
    expect(await demo.exited).toBe(1);
    expect(demo.lines).toEqual(['there is no kubeconfig file /nowhere/kubeconfig']);
  });
});
