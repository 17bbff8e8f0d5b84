import type { KubeClient, Live } from '../../src/kube/client.ts';
import { KubeError } from '../../src/kube/error.ts';
import type { Lease } from '../../src/kube/lease.ts';
import type { KubeObject } from '../../src/kube/object.ts';

type LeaseClient = Pick<KubeClient, 'get' | 'create' | 'patch'>;

/** One Lease as the API server keeps it: each write needs the version it was read in and makes a new one. */
export class LeaseServer implements LeaseClient {
  lease: Lease | undefined;
  /** Called before each call: may throw, or wait. */
  trouble: () => Promise<void> = async () => undefined;
  readonly writes: unknown[] = [];
  #version = 0;

  async get<T extends KubeObject>(): Promise<Live<T>> {
    await this.trouble();
    if (this.lease === undefined) throw new KubeError('gone', { status: 404, reason: 'NotFound' });
    return this.#answer();
  }

  async create<T extends KubeObject>(_type: unknown, object: object): Promise<Live<T>> {
    await this.trouble();
    if (this.lease !== undefined) throw new KubeError('there', { status: 409, reason: 'AlreadyExists' });
    this.store(JSON.parse(JSON.stringify(object)));
    return this.#answer();
  }

  async patch<T extends KubeObject>(_type: unknown, _key: string, body: object): Promise<Live<T>> {
    await this.trouble();
    const change: Lease = JSON.parse(JSON.stringify(body));
    if (this.lease === undefined) throw new KubeError('gone', { status: 404, reason: 'NotFound' });
    if (change.metadata.resourceVersion !== this.lease.metadata.resourceVersion) {
      throw new KubeError('changed', { status: 409, reason: 'Conflict' });
    }
    this.store({ ...this.lease, spec: { ...this.lease.spec, ...change.spec } });
    return this.#answer();
  }

  store(lease: Lease): void {
    this.#version += 1;
    this.writes.push(lease.spec);
    this.lease = { ...lease, metadata: { ...lease.metadata, uid: 'u', resourceVersion: `${this.#version}` } };
  }

  /** As if another process had written it. */
  heldBy(holderIdentity: string, leaseDurationSeconds = 15): void {
    const metadata = { name: 'lock', namespace: 'ns', uid: 'u', resourceVersion: '', creationTimestamp: '' };
    this.store({ metadata, spec: { holderIdentity, leaseDurationSeconds } });
  }

  #answer<T extends KubeObject>(): Live<T> {
    const object: T = JSON.parse(JSON.stringify(this.lease));
    return { object, serverTime: 0 };
  }
}
