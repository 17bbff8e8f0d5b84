import { describe, expect, it } from 'vitest';
import { timestamp } from '../api/time.ts';
import { description } from './description.ts';
import type { Viewer } from './description.ts';
import { alice, answerOf, conditionOf, now, requestOf, settled, start } from './fixture.ts';
import type { Sketch } from './fixture.ts';

const viewer: Viewer = { me: alice, rights: { approve: true, create: true }, now, columns: 200 };
const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);
const robot = 'system:serviceaccount:ci:robot';

describe('whether its reader may answer', () => {
  it.each<[string, Sketch, Partial<Viewer>, string]>([
    ['somebody listed may', {}, {}, 'You are alice. You may answer.'],
    [
      'a member of a group may',
      { spec: { groups: ['qa', 'team-a'] } },
      {},
      'You are alice, in team-a. You may answer.',
    ],
    [
      'somebody who is not listed may not',
      { spec: { approvers: ['bob', 'carol'] } },
      {},
      'You are alice. By that name you are not an approver of it: it waits for bob or carol. The people directory may know you by another.',
    ],
    [
      'somebody of no group may not',
      { spec: { groups: ['qa'] } },
      {},
      'You are alice. By that name you are not an approver of it: it waits for anyone in qa. The people directory may know you by another.',
    ],
    [
      'somebody without rights may not, whoever is listed',
      {},
      { rights: { approve: false, create: false } },
      'You are alice. You may not answer: you lack the verb approve on this ApprovalTask and create on approvaldecisions, which the ClusterRole tekton-approvals-approver grants.',
    ],
    [
      'each right counts',
      {},
      { rights: { approve: true, create: false } },
      'You are alice. You may not answer: you lack create on approvaldecisions, which the ClusterRole tekton-approvals-approver grants.',
    ],
    [
      'who has approved may still reject',
      { spec: { strategy: 'MULTI' }, status: { responses: [answerOf('alice')], awaiting: ['bob'] } },
      {},
      'You are alice. You have approved. You may still reject.',
    ],
    [
      'who approved in an earlier attempt is asked again',
      { status: { attempt: 2, responses: [answerOf('alice')] } },
      {},
      'You are alice. You may answer.',
    ],
    [
      'whose entry was answered may still reject',
      { spec: { strategy: 'MULTI' }, status: { awaiting: ['bob'] } },
      {},
      'You are alice. Your approval is not needed any more. You may still reject.',
    ],
    [
      'nobody may once it is settled',
      { status: settled('cancelled') },
      {},
      'You are alice. Nobody can answer any more.',
    ],
    [
      'whoever started the run may be refused',
      { spec: { requester: { name: 'alice', certainty: 'stamped' } } },
      {},
      'You are alice. You may answer. You started this run: your approval may be refused, a rejection is not.',
    ],
    [
      'whoever started the run and may only reject is told no more',
      {
        spec: { strategy: 'MULTI', requester: { name: 'alice', certainty: 'stamped' } },
        status: { awaiting: ['bob'] },
      },
      {},
      'You are alice. Your approval is not needed any more. You may still reject.',
    ],
    [
      'a name that only a trigger says is nobody who started it',
      { spec: { requester: { name: 'alice', certainty: 'asserted' } } },
      {},
      'You are alice. You may answer.',
    ],
    [
      'a service account that is listed may not, unless the operator knows better',
      { spec: { approvers: [robot] } },
      { me: { user: robot, groups: [] } },
      `You are ${robot}. Service accounts and nodes may not answer, unless the operator’s setting robots names them.`,
    ],
    [
      'a service account is none of four eyes',
      { spec: { strategy: 'FOUR_EYES', approvers: [robot, 'bob'] } },
      { me: { user: robot, groups: [] } },
      `You are ${robot}. You may not answer: where two people must approve, service accounts and nodes do not count.`,
    ],
    [
      'nobody’s answer through Kubernetes counts while the policy is not in force',
      { status: { conditions: [conditionOf('PolicyEnforced', 'False', 'A forged answer was accepted.')] } },
      {},
      'You are alice. You may answer. For now, no answer through Kubernetes counts: see above what the operator says.',
    ],
    [
      'a mistake in the people directory may matter',
      { status: { conditions: [conditionOf('PeopleDirectoryValid', 'False', 'It has a mistake.')] } },
      {},
      'You are alice. You may answer. See above what the operator says.',
    ],
    [
      'mail that did not arrive changes nothing',
      { status: { conditions: [conditionOf('NotificationsDelivered', 'False', 'mail: 0 of 1 sent.')] } },
      {},
      'You are alice. You may answer.',
    ],
    [
      'an operator that has not looked yet changes nothing',
      { status: { startTime: undefined, awaiting: undefined, deadline: timestamp(start) } },
      {},
      'You are alice. You may answer.',
    ],
  ])('%s', (...[, sketch, more, says]) => {
    expect(lastLine(description(requestOf(sketch), { ...viewer, ...more }))).toBe(says);
  });
});
