import { pino } from 'pino';
import { vi } from 'vitest';
import { KubeClient } from '../../src/kube/client.ts';
import type { ClientOptions } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import { keyOf } from '../../src/kube/object.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import type { ReflectorOptions } from '../../src/kube/reflector.ts';
import { ScriptedApiServer } from './scripted-api-server.ts';
import type { OpenWatch } from './scripted-api-server.ts';

/** The kind that the scripted API server is asked for. */
export const things: ResourceType = {
  group: 'example.com',
  version: 'v1',
  plural: 'things',
  kind: 'Thing',
  namespaced: true,
};

export interface Thing extends KubeObject {
  readonly value?: number;
}

/** A thing of that name and resourceVersion. */
export function thing(
  name: string,
  version: number,
  more: { uid?: string; namespace?: string; value?: number } = {},
): Thing {
  const { uid = `${name}-uid`, namespace = 'ns', value } = more;
  const metadata = { name, namespace, uid, resourceVersion: `${version}`, creationTimestamp: '' };
  return { metadata, ...(value !== undefined && { value }) };
}

/** Waits for a condition, generously: no test depends on the speed of the machine. */
export const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 20_000, interval: 5 });

/** A reflector that follows a scripted API server, and what came of it. */
export class Following {
  readonly server: ScriptedApiServer;
  client: KubeClient;
  /** What handlers were told: `added ns/a a-uid`. */
  readonly told: string[] = [];
  readonly restarts: string[] = [];
  /** What the client got: `watch 200`, or status 0 where there was no answer. */
  readonly answers: string[] = [];
  #reflector: Reflector<Thing> | undefined;

  private constructor(server: ScriptedApiServer) {
    this.server = server;
    this.client = KubeClient.fromKubeConfig(server.kubeConfig());
  }

  static async start(): Promise<Following> {
    return new Following(await ScriptedApiServer.start());
  }

  /** Uses another client from now on, perhaps through a proxy. */
  async connect(options: ClientOptions, port = this.server.port): Promise<void> {
    await this.client.close();
    const onRequest: ClientOptions['onRequest'] = ({ verb, status }) =>
      this.answers.push(`${verb} ${status}`);
    this.client = KubeClient.fromKubeConfig(this.server.kubeConfig(port), { onRequest, ...options });
  }

  /** Starts the reflector, with short waits. */
  follow(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
    const reflector = new Reflector<Thing>({
      client: this.client,
      type: things,
      log: pino({ level: 'silent' }),
      onRestart: (why) => this.restarts.push(why),
      ...options,
      timings: { backoffMinMs: 10, backoffMaxMs: 50, ...options.timings },
    });
    reflector.onChange(({ kind, object }) => {
      this.told.push(`${kind} ${keyOf(object)} ${object.metadata.uid}`);
    });
    reflector.start();
    this.#reflector = reflector;
    return reflector;
  }

  /** The watch of that number, counted from one, once it is there. */
  watchNumber(count: number): Promise<OpenWatch> {
    return vi.waitFor(
      () => {
        const watch = this.server.watches[count - 1];
        if (watch === undefined) throw new Error(`watch ${count} did not come`);
        return watch;
      },
      { timeout: 20_000, interval: 5 },
    );
  }

  async stop(): Promise<void> {
    await this.#reflector?.stop();
    await this.client.close();
    await this.server.close();
  }
}
