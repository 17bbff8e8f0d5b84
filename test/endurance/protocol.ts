import { managers } from '../../src/api/names.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';

/**
 * What the operator does to others: its writes, its mails and the pages it answers with. Between any two of these it
 * may die.
 */
export type Step =
  | 'lease created'
  | 'lease taken'
  | 'lease renewed'
  | 'keys created'
  | 'policy tried'
  | 'task created'
  | 'run waits'
  | 'run waits again'
  | 'run settled'
  | 'run refused'
  | 'task opened'
  | 'task answered'
  | 'attempt begun'
  | 'task settled'
  | 'task timed out'
  | 'task cancelled'
  | 'labels written'
  | 'verdict written'
  | 'answer stored'
  | 'answer shown'
  | 'notice attempting'
  | 'mail accepted'
  | 'notice sent'
  | 'event written'
  | 'other';

/** A step that one process took, or tried to take. */
export interface Happening {
  readonly step: Step;
  /** The request it is about, by its run's name; empty for what concerns the process as a whole. */
  readonly about: string;
  readonly client: string;
  /** When it was asked for, in the proxy's count. */
  readonly asked: number;
  /** When it was done; undefined where it was not, or nobody knows. */
  readonly done: number | undefined;
}

/** The fields of bodies by which one write is told from another. */
interface Body {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly taskRef?: { readonly name?: string };
    readonly holderIdentity?: string;
    readonly acquireTime?: string;
  };
  readonly status?: {
    readonly outcome?: string;
    readonly attempt?: number;
    readonly responses?: readonly { readonly attempt: number }[];
    readonly notifications?: readonly { readonly state: string }[];
    readonly conditions?: readonly { readonly status: string }[];
    readonly retriesStatus?: readonly unknown[];
    readonly extraFields?: unknown;
    readonly verdict?: string;
  };
  readonly regarding?: { readonly name?: string };
}

/** The name of the task that an answer is for, by the answer's own. */
export type TaskOfAnswer = (answer: string) => string;

/** What one write does: usually one step; the notifier records several notices at once. */
export function stepsOf(write: Write): readonly Step[] {
  if (write.dryRun || write.resource === 'selfsubjectreviews') return ['policy tried'];
  const body = (write.body ?? {}) as Body;
  const read = readers[`${write.verb} ${[write.resource, write.subresource].filter(Boolean).join('/')}`];
  return read?.(body, write) ?? ['other'];
}

const named = (body: Body, { name }: Write): string => (name === '' ? (body.metadata?.name ?? '') : name);

const subjects: Readonly<Record<string, (body: Body, write: Write, taskOf: TaskOfAnswer) => string>> = {
  approvaltasks: named,
  customruns: named,
  approvaldecisions: ({ spec }, { name }, taskOf) => spec?.taskRef?.name ?? taskOf(name),
  events: ({ regarding }) => regarding?.name ?? '',
};

/** The request that a write is about. */
export function aboutOf(write: Write, taskOf: TaskOfAnswer): string {
  return subjects[write.resource]?.(write.body ?? {}, write, taskOf) ?? '';
}

export function happeningsOf(write: Write, taskOf: TaskOfAnswer): readonly Happening[] {
  const { client, receivedAt: asked } = write;
  const done = isTaken(write) ? write.answeredAt : undefined;
  return stepsOf(write).map((step) => ({ step, about: aboutOf(write, taskOf), client, asked, done }));
}

type Reader = (body: Body, write: Write) => readonly Step[];

const always =
  (...steps: readonly Step[]): Reader =>
  () =>
    steps;

const readers: Readonly<Record<string, Reader>> = {
  'create leases': always('lease created'),
  'patch leases': ({ spec }) => [spec?.acquireTime === undefined ? 'lease renewed' : 'lease taken'],
  'create secrets': always('keys created'),
  'create approvaltasks': always('task created'),
  'patch approvaltasks': always('labels written'),
  'patch approvaltasks/status': (body, write) =>
    write.fieldManager === managers.notifier ? noticeSteps(body) : taskSteps(body),
  'patch customruns/status': runSteps,
  'create approvaldecisions': always('answer stored'),
  'patch approvaldecisions/status': always('verdict written'),
  'create events': always('event written'),
  'patch events': always('event written'),
};

function runSteps({ status }: Body): readonly Step[] {
  const condition = status?.conditions?.[0]?.status;
  if (condition === undefined) return ['other'];
  if (condition === 'Unknown') return [status?.retriesStatus === undefined ? 'run waits' : 'run waits again'];
  return [status?.extraFields === undefined ? 'run refused' : 'run settled'];
}

const ends: Readonly<Record<string, readonly Step[]>> = {
  timedOut: ['task settled', 'task timed out'],
  cancelled: ['task settled', 'task cancelled'],
};

function taskSteps({ status = {} }: Body): readonly Step[] {
  const { outcome, attempt = 1, responses = [] } = status;
  if (outcome !== undefined) return ends[outcome] ?? ['task settled'];
  if (responses.some((response) => response.attempt === attempt)) return ['task answered'];
  return [attempt > 1 ? 'attempt begun' : 'task opened'];
}

function noticeSteps({ status }: Body): readonly Step[] {
  const states = new Set(status?.notifications?.map(({ state }) => state));
  const steps: Step[] = [
    ...(states.has('attempting') ? (['notice attempting'] as const) : []),
    ...(states.has('sent') ? (['notice sent'] as const) : []),
  ];
  return steps.length === 0 ? ['other'] : steps;
}
