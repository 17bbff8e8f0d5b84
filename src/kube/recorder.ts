import type { Logger } from 'pino';
import type { KubeClient } from './client.ts';
import type { Clock } from './clock.ts';

/** The object an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

export interface RecordedEvent {
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface RecorderOptions {
  readonly client: KubeClient;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly clock?: Clock;
  readonly log: Logger;
}

const soon = (): never => {
  throw new Error('not built yet');
};

export class Recorder {
  constructor(_options: RecorderOptions) {}
  event(_event: RecordedEvent): void {
    soon();
  }
  async flush(): Promise<void> {
    soon();
  }
}
