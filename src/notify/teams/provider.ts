import type { TeamsChannel } from '../../api/channels.ts';
import type { Egress } from '../../egress/egress.ts';
import { judged, posted, type Receiving } from '../posting.ts';
import type { Provider } from '../provider.ts';
import { payloadOf } from './card.ts';

/**
 * Posts to a webhook of Workflows (Power Automate), whose trigger is "When a Teams webhook request is received". A
 * message that was taken is not known to be shown: the flow answers before it posts, and there is nobody to ask.
 */
export function teamsProvider(channel: TeamsChannel, egress: Egress, now: () => number): Provider {
  return {
    channel: 'teams',
    send: (message, _to, signal) =>
      posted(
        egress,
        {
          url: channel.webhookUrl,
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: payloadOf(message, channel),
          ...(signal && { signal }),
        },
        (answer) => judged(flow, answer, now()),
      ),
  };
}

/** What to look at, by the status of a flow that takes nothing more. */
const causes: Readonly<Record<number, string>> = {
  400: 'the flow is off or deleted, its owner has left, or it wants raw: true',
  401: 'the address is wrong, or the trigger of the flow does not let anyone post',
  403: 'the trigger of the flow does not let anyone post, or a policy blocks it',
  404: 'the flow was deleted, or its address was replaced',
  410: 'the flow was deleted',
  413: 'the message is too large for the flow',
};

const flow: Receiving = {
  said: (answer) => `Teams answered ${String(answer.status)}${codeIn(answer.body)}`,
  causes,
};

/** The word by which Power Automate names an error, such as WorkflowTriggerIsNotEnabled. Its sentence names the flow. */
function codeIn(body: string): string {
  const [, code] = /"code"\s*:\s*"([A-Za-z]{1,64})"/u.exec(body) ?? [];
  return code === undefined ? '' : ` (${code})`;
}
