import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';
import type { Key, KubeObject, ResourceType } from './object.ts';

/** What became of one object in the cache. `previous` is what the cache held before. */
export interface Change<T> {
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly object: T;
  readonly previous?: T;
}

export interface ReflectorTimings {
  readonly inactivityMs: number;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly namespaces?: string[];
  readonly labelSelector?: string;
  readonly keep?: (raw: KubeObject) => T | undefined;
  readonly indexes?: Record<string, (object: T) => string[]>;
  readonly clock?: Clock;
  readonly log: Logger;
  readonly timings?: Partial<ReflectorTimings>;
  readonly onRestart?: (why: string) => void;
}

const soon = (): never => {
  throw new Error('not built yet');
};

export class Reflector<T extends KubeObject> {
  constructor(_options: ReflectorOptions<T>) {}
  onChange(_handler: (change: Change<T>) => void): void {
    soon();
  }
  start(): void {
    soon();
  }
  async stop(): Promise<void> {
    soon();
  }
  get synced(): boolean {
    return soon();
  }
  async whenSynced(): Promise<void> {
    soon();
  }
  get(_key: Key): T | undefined {
    return soon();
  }
  all(): T[] {
    return soon();
  }
  byIndex(_index: string, _value: string): T[] {
    return soon();
  }
}
