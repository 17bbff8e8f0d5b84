import type { Drama } from './drama.ts';
import { stepsOf, type Step } from './protocol.ts';

/** What a process does without any request: it stands for election, and tries whether the policy holds. */
const always: readonly Step[] = ['lease taken', 'lease renewed', 'policy tried'];

/**
 * Kills the operator once more where nothing is left to be done, and starts it again. Resolves when it has looked at
 * everything, with what it wrote or mailed all the same. That it has looked is told by one more request: its turn comes
 * after all that were there.
 */
export async function restartQuietly(drama: Drama): Promise<readonly string[]> {
  const { operator } = drama;
  await operator.kill();
  const { client } = await operator.start();
  await operator.leading();
  const last = drama.begin('byKubectl');
  await drama.ended(last);
  const writes = operator.proxy.writes.filter(
    (write) => write.client === client && operator.aboutOf(write) !== last,
  );
  const mails = operator.deliveries.filter(
    (delivery) => delivery.client === client && delivery.about !== last,
  );
  return [
    ...writes.flatMap((write) =>
      stepsOf(write)
        .filter((step) => !always.includes(step))
        .map((step) => `${step}: ${operator.aboutOf(write)}`),
    ),
    ...mails.map(({ about }) => `a mail about ${about}`),
  ];
}
