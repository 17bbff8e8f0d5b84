import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { load } from 'js-yaml';
import { z } from 'zod';
import { clusterOf } from '../../test/control-plane/kubeconfig.ts';
import type { FloorInput, Template } from './floor-input.ts';
import { startMeasured, type Measured } from './operator.ts';
import type { Address } from './plain-client.ts';

const script = fileURLToPath(new URL('floor.ts', import.meta.url));

export interface FloorOptions {
  /** Of the operator's own ServiceAccount: the floor is admitted and authorized at the same cost. */
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly template: Template;
}

/** Starts the floor as a process like the operator's: bundled in the same way, run by the same Node. */
export async function startFloor({ kubeconfig, namespace, template }: FloorOptions): Promise<Measured> {
  return startMeasured('floor', async (directory) => {
    const outfile = path.join(directory, 'floor.mjs');
    const input: FloorInput = { address: addressOf(kubeconfig), namespace, template };
    const file = path.join(directory, 'input.json');
    writeFileSync(file, JSON.stringify(input), { mode: 0o600 });
    await build({
      entryPoints: [script],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      minify: true,
      logLevel: 'silent',
    });
    return { args: [outfile, file] };
  });
}

const file = z.object({ users: z.array(z.object({ user: z.object({ token: z.string() }) })).min(1) });

function addressOf(kubeconfig: string): Address {
  const { server, caData = '' } = clusterOf(kubeconfig);
  const [entry] = file.parse(load(readFileSync(kubeconfig, 'utf8'))).users;
  return { server, ca: Buffer.from(caData, 'base64').toString('utf8'), token: entry?.user.token ?? '' };
}
