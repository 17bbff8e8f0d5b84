import type { Logger } from 'pino';
import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Rules } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import type { KeyRing } from '../identity/keyring.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Recorder } from '../kube/recorder.ts';
import type { Caches } from './caches.ts';
import type { Telemetry } from './telemetry.ts';

/** What the install decides for the controllers. */
export interface ControllerSettings {
  readonly rules: Rules;
  /** True where a login is configured, so that members of a group can be told apart. */
  readonly loginConfigured: boolean;
}

/** What every controller is given. */
export interface ControllerContext {
  readonly client: KubeClient;
  readonly caches: Caches;
  readonly settings: ControllerSettings;
  readonly recorder: Recorder;
  readonly log: Logger;
  readonly telemetry: Telemetry;
  /** The signing keys; undefined while none could be read. */
  readonly keys: () => KeyRing | undefined;
  /** Who is who; undefined while that could not be read since the start: nothing may be concluded meanwhile. */
  readonly directory: () => Directory | undefined;
  /** The mistake for which the people directory is not in force as it stands; places in it, never what stands there. */
  readonly directoryFault: () => string | undefined;
  /** Checked before every write: a lease elects a writer but does not fence it. */
  readonly isLeader: () => boolean;
  /** Token-free page of a task. */
  readonly approvalUrl: (namespace: string, name: string) => string;
  /** Listed people whom no channel reaches. */
  readonly unreachable: (task: Pick<ApprovalTask, 'metadata' | 'spec'>) => readonly string[];
}

/** Thrown instead of writing when the lease was lost. Whoever leads now does the work. */
export class NotLeading extends Error {
  constructor() {
    super('no longer the leader');
  }
}

/** The gate in front of every write. */
export function assertLeading(context: Pick<ControllerContext, 'isLeader'>): void {
  if (!context.isLeader()) throw new NotLeading();
}
