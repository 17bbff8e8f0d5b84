import type { Decision, Facts, Identity, Requester } from './approval.ts';
import { isMachine, isSharedLink } from './eligibility.ts';
import { differenceFrom } from './person.ts';
import { refused, type Refused } from './refusal.ts';

/**
 * Whether it is proven which person started a run. A word of the trigger proves nothing, and behind a service account
 * anybody may stand.
 */
export function isProvenPerson({ name, certainty }: Requester): boolean {
  return certainty === 'stamped' && name.trim() !== '' && !isMachine(name);
}

/**
 * Why somebody may not approve a run for having started it, or for not being told apart from whoever did. Rejecting is
 * open to everybody who is listed.
 */
export function refuseRequester(decision: Decision, identity: Identity, facts: Facts): Refused | undefined {
  const { rules, requester, terms, directory } = facts;
  if (!rules.requesterMayNotApprove || decision !== 'approve') return undefined;
  const { name } = requester;
  if (name.trim() === '') return refused('cannotTellApart', 'It is not known who started this run.');
  const starter: Identity = { kind: 'kubernetes', issuer: '', subject: name, groups: [] };
  const difference = differenceFrom(identity, [{ identity: starter }], directory);
  if (difference === 'same') return refused('requesterMayNotApprove');
  const isApart = difference === 'different' && isProvenPerson(requester) && !isSharedLink(identity, terms);
  return isApart ? undefined : refused('cannotTellApart', sentenceOn(requester));
}

function sentenceOn(requester: Requester): string {
  return isProvenPerson(requester)
    ? `The other one is ${requester.name}, who started this run.`
    : `It is not proven who started this run; ${requester.name} may not be a person, or only be said to be the one.`;
}
