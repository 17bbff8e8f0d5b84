import { refusalCodes, refusals, type RefusalCode } from '../../src/domain/refusal.ts';
import { table, type Block } from './block.ts';

/** When each refusal is given, and what helps. */
const remedies: Readonly<Record<RefusalCode, string>> = {
  notListed:
    'The user name or a group must stand in the request, letter by letter (e-mail addresses in any case). Where groups are listed, name them in `actor.groups`.',
  alreadyAnswered: 'Somebody else must answer. To take an approval back while the request waits, reject it.',
  cannotTellApart:
    'A link and a Kubernetes user cannot be compared, unless the [people directory](../guides/people.md) knows both. Let the second person answer the way the first did, or list both there. Where the setting `requesterMayNotApprove` is on, whoever started the run counts as somebody who took part.',
  sameBrowser: 'The second person opens the link in a browser of their own.',
  sharedLink:
    'Members of a group answer a `FOUR_EYES` request as their own Kubernetes users, or by links of their own where the [people directory](../guides/people.md) has the group.',
  requesterMayNotApprove:
    'Somebody else must approve. It is refused where the setting `requesterMayNotApprove` is on.',
  assuranceTooLow:
    'Answer through Kubernetes, or lower `minAssurance` for the strategy, which is a setting of the operator.',
  notAPerson:
    'A person must answer. The setting `robots` and the identity policy name the exceptions; `FOUR_EYES` has none.',
  commentRequired: 'Answer again with a comment. The pipeline asked for it by `commentRequired`.',
  late: 'Start the pipeline again, with a longer `timeout` if need be.',
  superseded: 'Answer the current attempt: open the newest mail, or leave `spec.attempt` out.',
  settled: 'Nothing: the sentence goes on with what it became, by whom and when.',
  wrongTask: 'Read the uid of the request that waits now and answer that one.',
  badSeal: 'Write `via: kubernetes`. Only the operator itself can make the other kinds of answer.',
  identityNotProven:
    'Create the answer anew once the condition `PolicyEnforced` is True. See [Troubleshooting](../guides/troubleshooting.md#an-answer-through-kubernetes-is-not-counted).',
  tooLong: 'Answer again, shorter. The sentence goes on with the two limits.',
};

/** The table of all refusals with their exact sentences. */
export function refusalsBlock(): Block {
  const rows = refusalCodes.map((code) => [`\`${code}\``, refusals[code], remedies[code]]);
  return {
    file: 'docs/spec/refusals.md',
    name: 'refusals',
    text: table([['Code', 'Sentence', 'What helps'], ...rows]),
  };
}
