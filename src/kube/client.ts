import type { KubeConfig } from '@kubernetes/client-node';
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { DeepInput, Key, KubeObject, ResourceType } from './object.ts';

/** An object together with the API server's clock at the time it was read or written. */
export interface Live<T> {
  readonly object: T;
  /** Milliseconds since the epoch, from the Date header: whole seconds, cut off. */
  readonly serverTime: number;
}

/** One page of a list. */
export interface LivePage<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly continue?: string;
  /** How many items follow, where the server says so. */
  readonly remaining?: number;
  readonly serverTime: number;
}

/** A whole list; `serverTime` is that of its first page. */
export interface LiveList<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly serverTime: number;
}

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
}

export interface CallOptions {
  /** Deadline of this call, where it differs from the client's own. */
  readonly timeoutMs?: number;
}

export interface CreateOptions extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface PatchOptions extends CallOptions {
  readonly subresource?: 'status';
  /** JSON merge patch (RFC 7386), server-side apply, or JSON patch (RFC 6902, an array of operations). */
  readonly type: 'merge' | 'apply' | 'json';
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
}

export interface ClientOptions {
  readonly requestTimeoutMs?: number;
  readonly allowHttp2?: boolean;
  readonly log?: Logger;
  readonly userAgent?: string;
  readonly onRequest?: (request: { verb: string; status: number; ms: number }) => void;
  readonly clock?: Clock;
}

const soon = (): never => {
  throw new Error('not built yet');
};

export class KubeClient {
  static fromKubeConfig(_config: KubeConfig, _options: ClientOptions = {}): KubeClient {
    return soon();
  }
  static load(_path?: string, _options: ClientOptions = {}): KubeClient {
    return soon();
  }
  async get<T extends KubeObject>(_type: ResourceType, _key: Key, _o: CallOptions = {}): Promise<Live<T>> {
    return soon();
  }
  async list<T extends KubeObject>(_type: ResourceType, _query: ListQuery = {}): Promise<LivePage<T>> {
    return soon();
  }
  async listAll<T extends KubeObject>(_type: ResourceType, _query: ListQuery = {}): Promise<LiveList<T>> {
    return soon();
  }
  async create<T extends KubeObject>(
    _type: ResourceType,
    _object: DeepInput,
    _o: CreateOptions = {},
  ): Promise<Live<T>> {
    return soon();
  }
  // oxlint-disable-next-line max-params -- type, key, body, how: the order of every call
  async patch<T extends KubeObject>(
    _type: ResourceType,
    _key: Key,
    _body: object,
    _o: PatchOptions,
  ): Promise<Live<T>> {
    return soon();
  }
  async delete(_type: ResourceType, _key: Key, _o: DeleteOptions = {}): Promise<void> {
    return soon();
  }
  async post(_path: string, _body: object): Promise<Live<unknown>> {
    return soon();
  }
  serverNow(): number {
    return soon();
  }
  async close(): Promise<void> {
    return soon();
  }
}
