import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json, refuse, ScriptedApiServer } from '../../test/faults/scripted-api-server.ts';
import type { SeenRequest, Step } from '../../test/faults/scripted-api-server.ts';
import type { Run } from './commands.ts';
import { Problem } from './exitcode.ts';
import { alice, Paper } from './fixture.ts';
import type { Flags } from './flags.ts';

const own = '/apis/tekton.automatiko.io/v1beta1';
export const tasksPath = `${own}/namespaces/shop/approvaltasks`;
export const decisionsPath = `${own}/namespaces/shop/approvaldecisions`;

/** What a command came to. */
interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Flags, and what is typed where somebody is asked; without it there is no terminal. */
type Given = Flags & { readonly typed?: string };

/** Commands that run against an API server that says what a test wrote down, as alice in the namespace shop. */
export class ScriptedCluster {
  readonly api: ScriptedApiServer;
  /** What is answered, by method and the end of the path; the first that fits. */
  readonly routes: [string, Step][] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'cli-'));

  private constructor(api: ScriptedApiServer) {
    this.api = api;
    api.fallback.call = (exchange) => this.#route(exchange.request)(exchange);
  }

  static async start(): Promise<ScriptedCluster> {
    return new ScriptedCluster(await ScriptedApiServer.start());
  }

  get kubeconfig(): string {
    const file = path.join(this.#folder, 'kubeconfig');
    writeFileSync(file, this.api.kubeConfig().exportConfig());
    return file;
  }

  /** Runs a command to its end; a Problem is told as main.ts tells it. */
  async run(run: Run, names: string[] = [], { typed, ...flags }: Given = {}): Promise<Ended> {
    const terminal = new Paper(typed);
    const given = { namespace: 'shop', kubeconfig: this.kubeconfig, ...flags };
    try {
      const code = await run({ terminal, program: 'tkn approval', flags: given, names });
      return { code, ...terminal.written };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return { code: error.code, ...terminal.written, err: `${terminal.written.err}${error.message}\n` };
    }
  }

  /** The bodies that were posted to paths that end so. */
  posted(end: string): { spec: Record<string, unknown>; metadata: { name: string } }[] {
    const posts = this.api.requests.filter(
      (request) => request.method === 'POST' && request.path.endsWith(end),
    );
    return posts.map(
      ({ body }) => JSON.parse(body) as { spec: Record<string, unknown>; metadata: { name: string } },
    );
  }

  async close(): Promise<void> {
    await this.api.close();
    rmSync(this.#folder, { recursive: true });
  }

  #route({ method, path: asked }: SeenRequest): Step {
    const found = this.routes.find(([route]) => `${method} ${asked}`.startsWith(route));
    if (found !== undefined) return found[1];
    if (asked.endsWith('/selfsubjectreviews')) {
      return json({ status: { userInfo: { username: alice.user, groups: alice.groups } } });
    }
    if (asked.endsWith('/selfsubjectaccessreviews')) return json({ status: { allowed: true } });
    return asked === own ? json({ kind: 'APIResourceList' }) : refuse(404, 'NotFound');
  }
}

/** A 404 as the API server answers it for one object of a kind that it has. */
export const missing: Step = json(
  { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found', details: { kind: 'approvaltasks' } },
  404,
);
