import type { Strategy } from '../../src/domain/approval.ts';
import { apiVersion } from '../../src/api/names.ts';
import type { Person } from '../control-plane/people.ts';
import { addressFor } from './mortal-operator.ts';

/** One person's part: by which way, and what they say. */
export type Part =
  | { readonly by: 'mail'; readonly who: string; readonly says: 'approve' | 'reject' | 'nothing' }
  | { readonly by: 'kubectl'; readonly who: Person; readonly says: 'approve' | 'reject' | 'nothing' };

/** What is asked, and what everybody does about it. */
export interface Script {
  /** Of the CustomRun; that of a pipeline ends with `-approve`. */
  readonly name: string;
  readonly strategy: Strategy;
  readonly parts: readonly Part[];
  readonly onReject?: 'continue' | 'fail';
  readonly timeout?: string;
  readonly retries?: number;
  /** Asked by a real pipeline; absent: by a run of its own. */
  readonly inPipeline?: boolean;
  /** When everybody was told, all answer at the same moment; absent: one after the other. */
  readonly atOnce?: boolean;
  /** Somebody cancels it: when the parts are played, or while they are. */
  readonly cancelled?: 'afterwards' | 'meanwhile';
  /** The attempt from which on anybody answers. */
  readonly fromAttempt?: number;
  /** Milliseconds before its deadline at which the answer is given. */
  readonly beforeDeadlineMs?: number;
  /** How many answer before the killing is over; the others wait for that. Absent: all. */
  readonly patientAfter?: number;
  /** Its author made a mistake, so that nobody is asked. */
  readonly mistaken?: boolean;
}

/** A script without the name of one request. */
export type Kind = Omit<Script, 'name'>;

const mail = (who: string, says: Part['says'] = 'approve'): Part => ({ by: 'mail', who, says });
const kubectl = (who: Person, says: Part['says'] = 'approve'): Part => ({ by: 'kubectl', who, says });

/** Every way in which a request lives and ends. */
export const kinds = {
  approved: { strategy: 'SINGLE', parts: [mail('ann')] },
  rejected: { strategy: 'SINGLE', parts: [mail('ann', 'reject'), mail('ben', 'nothing')], onReject: 'fail' },
  byKubectl: { strategy: 'SINGLE', parts: [kubectl('alice'), mail('ann', 'nothing')] },
  rejectedByKubectl: { strategy: 'SINGLE', parts: [kubectl('bob', 'reject'), mail('ann', 'nothing')] },
  all: { strategy: 'MULTI', parts: [mail('ann'), mail('ben'), mail('cyd')] },
  allByKubectl: { strategy: 'MULTI', parts: [kubectl('alice'), kubectl('carol')], onReject: 'fail' },
  notAll: { strategy: 'MULTI', parts: [mail('ann'), mail('ben', 'reject'), mail('cyd', 'nothing')] },
  fourEyes: { strategy: 'FOUR_EYES', parts: [mail('ann'), mail('ben')] },
  fourEyesRejected: {
    strategy: 'FOUR_EYES',
    parts: [mail('ann'), mail('ben', 'reject')],
    onReject: 'fail',
  },
  fourEyesByKubectl: { strategy: 'FOUR_EYES', parts: [kubectl('erin'), kubectl('frank')] },
  secondAttempt: {
    strategy: 'SINGLE',
    parts: [mail('ann')],
    timeout: '2s',
    retries: 4,
    fromAttempt: 2,
  },
  timedOut: { strategy: 'SINGLE', parts: [mail('ann', 'nothing')], timeout: '2s' },
  timedOutTwice: { strategy: 'SINGLE', parts: [mail('ann', 'nothing')], timeout: '1s', retries: 1 },
  cancelled: {
    strategy: 'MULTI',
    parts: [mail('ann'), mail('ben', 'nothing')],
    cancelled: 'afterwards',
  },
  cancelledMeanwhile: {
    strategy: 'SINGLE',
    parts: [mail('ann')],
    atOnce: true,
    cancelled: 'meanwhile',
  },
  contested: { strategy: 'SINGLE', parts: [kubectl('alice'), kubectl('bob', 'reject')], atOnce: true },
  contestedByMail: { strategy: 'SINGLE', parts: [mail('ann'), mail('ben', 'reject')], atOnce: true },
  lastMoment: { strategy: 'SINGLE', parts: [kubectl('dave')], timeout: '3s', beforeDeadlineMs: 500 },
  lastMomentAgain: {
    strategy: 'SINGLE',
    parts: [kubectl('dave', 'reject')],
    timeout: '2s',
    retries: 1,
    beforeDeadlineMs: 100,
  },
  mistaken: { strategy: 'SINGLE', parts: [mail('ann', 'nothing')], mistaken: true },
  patient: { strategy: 'SINGLE', parts: [mail('ann'), mail('ben', 'nothing')], patientAfter: 0 },
  patientAll: { strategy: 'MULTI', parts: [mail('ann'), mail('ben')], patientAfter: 1 },
  patientEyes: { strategy: 'FOUR_EYES', parts: [mail('ann'), mail('ben')], patientAfter: 1 },
  pipeline: { strategy: 'SINGLE', parts: [mail('ann')], inPipeline: true },
  pipelineRejected: { strategy: 'MULTI', parts: [mail('ann'), mail('ben', 'reject')], inPipeline: true },
  pipelineFailed: {
    strategy: 'FOUR_EYES',
    parts: [kubectl('erin'), kubectl('frank', 'reject')],
    onReject: 'fail',
    inPipeline: true,
  },
  pipelineCancelled: {
    strategy: 'FOUR_EYES',
    parts: [mail('ann'), mail('ben', 'nothing')],
    cancelled: 'afterwards',
    inPipeline: true,
  },
} as const satisfies Record<string, Kind>;
export type KindName = keyof typeof kinds;

/** The entry of the list that stands for a part. */
export function entryOf(script: Script, part: Part): string {
  return part.by === 'mail' ? addressFor(part.who, script.name) : part.who;
}

/** The comment by which an answer is known again. */
export function commentOf(script: Script, part: Part): string {
  return `${part.who} ${part.says}s ${script.name}`;
}

/** The parameters of the request. */
export function paramsOf(script: Script): { name: string; value: unknown }[] {
  return [
    { name: 'approvers', value: script.parts.map((part) => entryOf(script, part)) },
    { name: 'strategy', value: script.strategy },
    { name: 'description', value: `Shall ${script.name} go on?` },
    ...(script.onReject === undefined ? [] : [{ name: 'onReject', value: script.onReject }]),
    ...(script.mistaken === true ? [{ name: 'aprovers', value: 'nobody' }] : []),
  ];
}

/** What goes beside the parameters, of a CustomRun's spec and of a pipeline's task alike. */
export function timingOf({ timeout, retries }: Script): { timeout?: string; retries?: number } {
  return { ...(timeout !== undefined && { timeout }), ...(retries !== undefined && { retries }) };
}

/** A run of its own. */
export function customRunFor(script: Script): { metadata: { name: string }; [field: string]: unknown } {
  return {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'CustomRun',
    metadata: { name: script.name },
    spec: {
      customRef: { apiVersion, kind: 'ApprovalTask', name: 'any' },
      params: paramsOf(script),
      ...timingOf(script),
    },
  };
}
