import { apiVersion, annotations, approvalTaskKind, labels, reasons } from '../api/names.ts';
import type { ApprovalTask, ApprovalTaskSpec } from '../api/approvaltask.ts';
import type { NewCondition } from '../api/condition.ts';
import { cut } from '../api/cut.ts';
import { limits } from '../api/limits.ts';
import { readParameters, renderProblems, type Surroundings } from '../api/parameters.ts';
import { customRuns } from '../api/resources.ts';
import { termsOf } from '../api/storedapproval.ts';
import type { CustomRun, PipelineRun, PipelineTask } from '../api/tekton.ts';
import type { Instant } from '../domain/approval.ts';
import type { Directory } from '../domain/directory.ts';
import { responsesLabel } from '../domain/label.ts';
import { isProvenPerson } from '../domain/requester.ts';
import { apiVersionOf } from '../kube/object.ts';
import { adoptedMessage, type Adopter } from './adopter.ts';
import { cancelOf } from './cancel.ts';
import { sha256 } from '../identity/hash.ts';
import type { Owner } from './owner.ts';
import type { EndingReason } from './telemetry.ts';

/**
 * How long a run may wait for Tekton to write the pipeline's spec, from which a missing description comes. It does so
 * within a second, but not while it starts hundreds of pipelines: then a late question is better than another one.
 */
const describeWithinMs = 10_000;
const lookAgainMs = 200;

/** What a run that has no task yet needs. */
export type FirstSight =
  | { readonly kind: 'wait'; readonly afterMs: number }
  | {
      readonly kind: 'end';
      readonly condition: Omit<NewCondition, 'type'> & { readonly reason: EndingReason };
    }
  | { readonly kind: 'create'; readonly spec: ApprovalTaskSpec; readonly notes: readonly string[] };

const end = (reason: EndingReason, message: string): FirstSight => ({
  kind: 'end',
  condition: { status: 'False', reason, message },
});

/** Why a run ends before anybody is asked, as far as the run alone tells; undefined where it does not end. */
export function endsUnasked(run: CustomRun): FirstSight | undefined {
  const cancelled = cancelOf(run);
  if (cancelled !== undefined) return end(reasons.cancelled, cancelled);
  if ((run.metadata.generation ?? 1) > 1) {
    return end(
      reasons.specDrift,
      'The run was changed before it was first seen, so it cannot be told what its pipeline asked for.',
    );
  }
  return undefined;
}

export interface Sighting {
  readonly run: CustomRun;
  readonly owner: Owner;
  /** Another PipelineRun that would take the run for a step of its own. */
  readonly adopter: Adopter | undefined;
  readonly requester: ApprovalTaskSpec['requester'];
  readonly loginConfigured: boolean;
  readonly requesterMayNotApprove: boolean;
  /** Who is who. */
  readonly directory: Directory;
  readonly now: Instant;
}

/** Decides what becomes of a run that is ours and has no task yet. */
export function firstSight(sighting: Sighting): FirstSight {
  const { run, owner } = sighting;
  if (owner.kind === 'ended') return end(reasons.cancelled, owner.because);
  if (owner.kind === 'none') return end(reasons.unownedRun, unownedMessage(run.metadata.namespace ?? ''));
  if (sighting.adopter !== undefined) return adopted(sighting, sighting.adopter);
  const parameters = readParameters(run, surroundingsOf(sighting), sha256);
  if (!parameters.ok) return end(reasons.invalidParameters, renderProblems(parameters.problems));
  if (sighting.requesterMayNotApprove && !isProvenPerson(sighting.requester))
    return end(reasons.requesterUnknown, requesterMessage(sighting.requester));
  if (mayStillBeDescribed(sighting)) return { kind: 'wait', afterMs: lookAgainMs };
  return { kind: 'create', spec: parameters.spec, notes: parameters.notes };
}

/** Tekton notes the steps of a PipelineRun when it begins, and until then nobody knows whether it has this one. */
function adopted(sighting: Sighting, adopter: Adopter): FirstSight {
  if (!adopter.isCertain && isYoung(sighting)) return { kind: 'wait', afterMs: lookAgainMs };
  return end(reasons.nameTaken, adoptedMessage(adopter));
}

function unownedMessage(namespace: string): string {
  return `No running PipelineRun owns this run. Runs made by hand are served only where the namespace carries the label ${labels.standalone}: "true", which ${namespace} does not.`;
}

const stampHelp = `Start the PipelineRun as yourself, with kubectl or tkn, and set its annotation ${annotations.requestedBy} to your own user name, which the API server checks.`;

/** Nobody is asked where everybody's approval would have to be refused. */
function requesterMessage({ name, certainty }: ApprovalTaskSpec['requester']): string {
  const why = {
    stamped: `it was started by ${name}, which is no person`,
    asserted: `${name} is only said to have started it`,
    unknown: 'it is not known who started it',
  }[certainty];
  return `Nobody is asked: on this installation nobody may approve a run of their own (requesterMayNotApprove), and ${why}. ${stampHelp}`;
}

/** status.pipelineSpec appears after the CustomRun does; it is worth waiting for only where the description is missing. */
function mayStillBeDescribed({ run, owner, now }: Sighting): boolean {
  if (owner.kind !== 'live' || owner.pipelineRun.status?.pipelineSpec !== undefined) return false;
  if (describesItself(run)) return false;
  return isYoung({ run, now });
}

function isYoung({ run, now }: Pick<Sighting, 'run' | 'now'>): boolean {
  return now - Date.parse(run.metadata.creationTimestamp) < describeWithinMs;
}

/** Whether the run brings a description of its own; a wrong one was refused before. */
function describesItself(run: CustomRun): boolean {
  const named = (name: string): boolean => name.trim().toLowerCase() === 'description';
  const embedded = run.spec.customSpec?.spec;
  const fields = typeof embedded === 'object' && embedded !== null ? Object.keys(embedded) : [];
  return fields.some(named) || (run.spec.params ?? []).some((param) => named(param.name));
}

function surroundingsOf(sighting: Sighting): Surroundings {
  const { run, owner, requester, loginConfigured, directory } = sighting;
  if (owner.kind !== 'live') return { requester, loginConfigured, directory };
  const { metadata, spec } = owner.pipelineRun;
  const pipeline = spec?.pipelineRef?.name;
  const description = descriptionOf(owner.pipelineRun, run.metadata.labels?.[labels.pipelineTask]);
  return {
    pipelineRun: { name: metadata.name, uid: metadata.uid },
    ...(pipeline !== undefined && { pipeline }),
    ...(description !== undefined && { taskDescription: description }),
    requester,
    loginConfigured,
    directory,
  };
}

function descriptionOf(pipelineRun: PipelineRun, task: string | undefined): string | undefined {
  const spec = pipelineRun.status?.pipelineSpec;
  const all: PipelineTask[] = [...(spec?.tasks ?? []), ...(spec?.finally ?? [])];
  return all.find((candidate) => candidate.name === task)?.description;
}

/** Labels of Tekton's that are copied, so that a task is found by its pipeline. */
const copiedLabels = [labels.pipeline, labels.pipelineRun, labels.pipelineTask];

export interface NewTask {
  readonly run: CustomRun;
  readonly spec: ApprovalTaskSpec;
  readonly notes: readonly string[];
  readonly mark: string;
}

/** The object to be created: named and owned like the run, so that it goes when the run goes. */
export function renderNewTask({
  run,
  spec,
  notes,
  mark,
}: NewTask): Omit<ApprovalTask, 'metadata'> & { metadata: object } {
  const copied = copiedLabels.flatMap((label) => {
    const value = run.metadata.labels?.[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return {
    apiVersion,
    kind: approvalTaskKind,
    metadata: {
      name: run.metadata.name,
      namespace: run.metadata.namespace,
      labels: {
        ...Object.fromEntries(copied),
        [labels.decision]: 'pending',
        [labels.responses]: responsesLabel(termsOf(spec), undefined),
      },
      annotations: {
        [annotations.mark]: mark,
        ...(notes.length > 0 && { [annotations.notes]: cut(notes.join(' '), limits.message) }),
      },
      ownerReferences: [
        {
          apiVersion: run.apiVersion ?? apiVersionOf(customRuns),
          kind: run.kind ?? 'CustomRun',
          name: run.metadata.name,
          uid: run.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec,
  };
}
