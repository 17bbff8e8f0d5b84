import { decisionGuard } from './decisions.ts';
import { renderGuard, type Guard } from './guard.ts';
import { namespaceGuard } from './namespaces.ts';
import { pipelineRunGuard } from './pipelineruns.ts';
import { requesterGuard } from './requester.ts';
import { runGuard } from './runs.ts';
import { taskGuard } from './tasks.ts';
import type { InstallValues } from './values.ts';

/** Every guard, by the prefix of its codes. */
export const guards = {
  P2: decisionGuard,
  P3: taskGuard,
  P4: runGuard,
  P5: requesterGuard,
  P6: namespaceGuard,
  P7: pipelineRunGuard,
} as const satisfies Readonly<Record<string, Guard>>;

type Rules<P extends keyof typeof guards> = Extract<keyof (typeof guards)[P]['rules'], string>;

/** The code of a rule, without the brackets: P3-create. */
export type RuleCode = { [P in keyof typeof guards]: `${P}-${Rules<P>}` }[keyof typeof guards];

/** All guards with their bindings. */
export function guardPolicies(values: InstallValues): object[] {
  return Object.values<Guard>(guards).flatMap((guard) => renderGuard(guard, values));
}
