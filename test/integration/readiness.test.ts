import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { startOperator, type Operator } from '../../src/operator/operator.ts';
import { freePorts } from '../control-plane/ports.ts';
import { CuttingProxy } from '../faults/cutting-proxy.ts';
import { scrape, type Scraped } from '../scrape.ts';
import { until } from './until.ts';

/** What the operator says while it cannot work: one line, and not ready. */

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'readiness-'));
});

const running: Operator[] = [];
afterAll(async () => {
  for (const operator of running) await operator.stop();
});

interface Seen {
  /** What its metrics show. */
  readonly scraped: () => Promise<Scraped>;
  readonly probe: () => Promise<{ status: number; text: string }>;
  readonly log: string[];
}

async function start(kubeconfig: string): Promise<Seen> {
  const [web = 0, probes = 0, metrics = 0] = await freePorts(3);
  const configured = readConfig({
    TEKTON_APPROVALS_KUBECONFIG: kubeconfig,
    TEKTON_APPROVALS_NAMESPACES: 'nowhere',
    TEKTON_APPROVALS_ROLES: 'web',
    TEKTON_APPROVALS_WEB_HOST: '127.0.0.1',
    TEKTON_APPROVALS_WEB_PORT: String(web),
    TEKTON_APPROVALS_PROBES_HOST: '127.0.0.1',
    TEKTON_APPROVALS_PROBES_PORT: String(probes),
    TEKTON_APPROVALS_METRICS_HOST: '127.0.0.1',
    TEKTON_APPROVALS_METRICS_PORT: String(metrics),
  });
  if (!configured.ok) throw new Error(JSON.stringify(configured.problems));
  const log: string[] = [];
  running.push(
    await startOperator(
      configured.config,
      pino({ level: 'info' }, { write: (line: string) => void log.push(line) }),
    ),
  );
  const probe = async (): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${String(probes)}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  return { probe, log, scraped: () => scrape(metrics) };
}

/** The administrator's kubeconfig with another server, or with another user's token. */
function kubeconfigWith(name: string, change: (text: string) => string): string {
  const file = join(folder, name);
  writeFileSync(file, change(readFileSync(inject('controlPlane').kubeconfig, 'utf8')));
  return file;
}

const pointedAt = (port: number) => (text: string) =>
  text.replace(/server: .*/, `server: https://127.0.0.1:${String(port)}`);

describe('the operator that cannot work', () => {
  it('names each kind that it may not list, and is not ready', async () => {
    const { probe, log } = await start(inject('controlPlane').users.dave);
    const { status, text } = await until('the reason', async () => {
      const answer = await probe();
      return answer.text.includes('Not allowed') ? answer : undefined;
    });
    expect(status).toBe(503);
    expect(text).toContain('Not allowed to list customruns.tekton.dev');
    expect(log.filter((line) => line.includes('cannot work yet'))).toHaveLength(1);
  });

  it('says that the API server is away, keeps trying, and becomes ready to read once it is back', async () => {
    const proxy = await CuttingProxy.startFor(inject('controlPlane').apiServer);
    try {
      await proxy.refuse();
      const { probe, scraped } = await start(kubeconfigWith('away', pointedAt(proxy.port)));
      const away = await until('the reason', async () => {
        const answer = await probe();
        return answer.text.includes('cannot be reached') ? answer : undefined;
      });
      expect(away.status).toBe(503);
      const metrics = await scraped();
      expect([metrics.sum('ready'), metrics.sum('leader'), metrics.sum('cache_synced')]).toEqual([0, 0, 0]);
      expect(metrics.sum('api_requests_total', { code: 'none' })).toBeGreaterThan(0);
      expect(metrics.sum('watch_restarts_total', { cause: 'broken' })).toBeGreaterThan(0);
      await proxy.resume();
      await until(
        'the API server to be found',
        async () => !(await probe()).text.includes('cannot be reached'),
      );
    } finally {
      await proxy.close();
    }
  });

  it('says that its credentials are not accepted', async () => {
    const { probe } = await start(
      kubeconfigWith('stranger', (text) => text.replace(/token: .*/, 'token: stranger')),
    );
    const refused = await until('the reason', async () => {
      const answer = await probe();
      return answer.text.includes('credentials') ? answer : undefined;
    });
    expect(refused.status).toBe(503);
  });
});
