import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';

export interface LeaderTimings {
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

export interface LeaderOptions {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly timings?: Partial<LeaderTimings>;
  readonly clock?: Clock;
  readonly log: Logger;
  readonly onGained: () => void;
  readonly onLost: () => void;
}

const soon = (): never => {
  throw new Error('not built yet');
};

export class LeaderElector {
  constructor(_options: LeaderOptions) {}
  start(): void {
    soon();
  }
  get isLeader(): boolean {
    return soon();
  }
  async stop(): Promise<void> {
    soon();
  }
}
