import type { KubeClient, Live } from './client.ts';
import { microTime } from './microtime.ts';
import { apiVersionOf, keyOf } from './object.ts';
import type { KubeObject, ResourceType } from './object.ts';

export const leaseType: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/** A Lease (coordination.k8s.io/v1). An empty holderIdentity means given back. */
export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** Leadership must not be lost because the leader has much to write: these calls wait for no other. */
const urgent = true;

export interface LeaseStoreOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'patch'>;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** Deadline of each call: a hanging server must not eat up the time there is to renew. */
  readonly callTimeoutMs: number;
}

/**
 * Reads and writes one Lease. Every write carries the resourceVersion it was decided on, so of two that want it in
 * the same instant one gets a Conflict. `now` is wall time in milliseconds: others read it, none decides by it.
 */
export class LeaseStore {
  readonly #options: LeaseStoreOptions;

  constructor(options: LeaseStoreOptions) {
    this.#options = options;
  }

  async read(): Promise<Lease> {
    const { client, callTimeoutMs: timeoutMs } = this.#options;
    return (await client.get<Lease>(leaseType, keyOf(this.#options), { timeoutMs, urgent })).object;
  }

  async create(now: number): Promise<Lease> {
    const { client, namespace, name, callTimeoutMs: timeoutMs } = this.#options;
    const spec = { ...this.#held(now), acquireTime: microTime(now), leaseTransitions: 0 };
    const lease = {
      apiVersion: apiVersionOf(leaseType),
      kind: leaseType.kind,
      metadata: { namespace, name },
      spec,
    };
    return (await client.create<Lease>(leaseType, lease, { timeoutMs, urgent })).object;
  }

  /** Makes a Lease ours that somebody else held. */
  take(lease: Lease, now: number): Promise<Lease> {
    const leaseTransitions = (lease.spec?.leaseTransitions ?? 0) + 1;
    return this.#patch(lease, { ...this.#held(now), acquireTime: microTime(now), leaseTransitions });
  }

  renew(lease: Lease, now: number): Promise<Lease> {
    return this.#patch(lease, this.#held(now));
  }

  /** Gives it back, so that the next one need not wait for it to expire. */
  release(lease: Lease, now: number): Promise<Lease> {
    return this.#patch(lease, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(now) });
  }

  #held(now: number): NonNullable<Lease['spec']> {
    const { identity, leaseMs } = this.#options;
    const leaseDurationSeconds = Math.max(1, Math.ceil(leaseMs / 1000));
    return { holderIdentity: identity, leaseDurationSeconds, renewTime: microTime(now) };
  }

  async #patch(lease: Lease, spec: Lease['spec']): Promise<Lease> {
    const { client, callTimeoutMs: timeoutMs } = this.#options;
    const { resourceVersion, uid } = lease.metadata;
    const body = { metadata: { resourceVersion, uid }, spec };
    const written: Live<Lease> = await client.patch(leaseType, keyOf(this.#options), body, {
      type: 'merge',
      timeoutMs,
      urgent,
    });
    return written.object;
  }
}
