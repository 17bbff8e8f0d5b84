import { annotations } from '../names.ts';
import { isMachine, isOneOf, user, type Guard } from './guard.ts';

/** The annotation of an object, or none. */
const stampOf = (object: string): string => `${object}.metadata.?annotations[?'${annotations.requestedBy}']`;

/** The PipelineRuns that an object belongs to: the requester is read at the root of such a chain. */
const parentsOf = (object: string): string =>
  `${object}.metadata.?ownerReferences.orValue([]).filter(owner, owner.kind == 'PipelineRun' && owner.?controller.orValue(false))`;

const isSame = `${stampOf('object')} == ${stampOf('oldObject')}`;
const creates = "!variables.isRun || request.operation != 'CREATE' || variables.isChild";

/**
 * P5: who made a PipelineRun. Tekton stores no creator, so people write themselves down, and here the API server holds
 * them to their own name. Tekton copies a Pipeline's annotations onto its runs and those of a PipelineRun onto what it
 * makes: hence the rules for Pipelines and for children. What a child carries may stem from a Pipeline that was fetched
 * and that no policy saw, so a child that carries a name never becomes a root, not even when its parent is deleted with
 * Orphan.
 */
export const requesterGuard = {
  name: 'tekton-approvals-requester',
  prefix: 'P5',
  judges: {
    group: 'tekton.dev',
    resources: ['pipelineruns', 'pipelines'],
    operations: ['CREATE', 'UPDATE'],
  },
  values: ['tekton', 'system'],
  variables: {
    isRun: "request.resource.resource == 'pipelineruns'",
    parents: parentsOf('object'),
    oldParents: `request.operation == 'UPDATE' ? ${parentsOf('oldObject')} : []`,
    isChild: `${isOneOf('tekton')} && variables.parents.size() > 0`,
  },
  rules: {
    name: {
      expression: `${creates} || ${stampOf('object')}.orValue(${user}) == ${user}`,
      text: `The annotation ${annotations.requestedBy} must be your own user name. Correct it, or leave it out.`,
    },
    person: {
      expression: `${creates} || !${stampOf('object')}.hasValue() || !${isMachine}`,
      text: `Only people write the annotation ${annotations.requestedBy}. A trigger writes for whom it acts into ${annotations.requestedFor}.`,
    },
    parent: {
      expression: `!variables.isRun || variables.parents == variables.oldParents || ${isOneOf('tekton')} || (${isOneOf('system')} && !${stampOf('object')}.hasValue())`,
      text: 'Only Tekton makes a PipelineRun that another one controls. Leave ownerReferences as they are, or out.',
    },
    kept: {
      expression: `!variables.isRun || request.operation != 'UPDATE' || ${isSame}`,
      text: `The annotation ${annotations.requestedBy} stays as it was when the PipelineRun was made. Start another PipelineRun instead.`,
    },
    pipeline: {
      expression: `variables.isRun || !${stampOf('object')}.hasValue() || (has(object.metadata.deletionTimestamp) && ${isSame})`,
      text: `A Pipeline cannot carry the annotation ${annotations.requestedBy}, which Tekton would copy onto its runs. Remove it here; whoever starts a PipelineRun writes it there.`,
    },
  },
} as const satisfies Guard;
