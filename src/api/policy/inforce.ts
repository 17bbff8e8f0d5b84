import * as z from 'zod';
import { canonicalJson } from '../../domain/canonical.ts';
import { renderGuard, type Guard } from './guard.ts';
import { shippedValues } from './values.ts';

/** What would make a policy judge less than it was written for. The API server fills in what is empty. */
const none = z
  .union([z.null(), z.strictObject({}), z.array(z.unknown()).max(0)])
  .optional()
  .transform(() => undefined);

const narrowing = {
  excludeResourceRules: none,
  namespaceSelector: none,
  objectSelector: none,
  matchPolicy: z
    .literal('Equivalent')
    .optional()
    .transform(() => undefined),
};

const policyOf = z.object({
  spec: z.object({
    failurePolicy: z.literal('Fail'),
    paramKind: none,
    matchConditions: none,
    matchConstraints: z.object({
      ...narrowing,
      resourceRules: z.array(
        z.object({
          apiGroups: z.array(z.string()),
          apiVersions: z.array(z.string()),
          operations: z.array(z.string()),
          resources: z.array(z.string()),
          resourceNames: none,
          scope: z
            .literal('*')
            .optional()
            .transform(() => undefined),
        }),
      ),
    }),
    variables: z.array(z.object({ name: z.string(), expression: z.string() })),
    validations: z.array(z.object({ expression: z.string() })),
  }),
});

const bindingOf = z.object({
  spec: z.object({
    policyName: z.string(),
    validationActions: z.array(z.string()).refine((actions) => actions.includes('Deny')),
    paramRef: none,
    matchResources: z
      .object({ ...narrowing, resourceRules: none })
      .nullable()
      .optional(),
  }),
});

/**
 * Whether stored objects are a guard and its binding as shipped: they deny, they fail closed, nothing narrows what they
 * judge, and every expression is the same. Install values may differ, as long as they name accounts and not people.
 */
export function isInForce(guard: Guard, stored: { policy: unknown; binding: unknown }): boolean {
  const [shipped] = renderGuard(guard, shippedValues);
  const found = policyOf.safeParse(stored.policy);
  const bound = bindingOf.safeParse(stored.binding);
  if (!found.success || !bound.success || bound.data.spec.policyName !== guard.name) return false;
  return namesAccounts(guard, found.data) && essenceOf(guard, found.data) === essenceOf(guard, shipped);
}

/** All that matters of a policy, without its install values. */
function essenceOf(guard: Guard, policy: unknown): string {
  const { spec } = policyOf.parse(policy);
  const variables = spec.variables.map(({ name, expression }) => ({
    name,
    expression: isValue(guard, name) ? '' : expression,
  }));
  return canonicalJson(JSON.parse(JSON.stringify({ ...spec, variables })));
}

function namesAccounts(guard: Guard, { spec }: z.infer<typeof policyOf>): boolean {
  return spec.variables.every(
    ({ name, expression }) => !isValue(guard, name) || accountList.test(expression),
  );
}

const account = String.raw`"system:(?:serviceaccount:[^\s"\\]+|kube-controller-manager)"`;
const accountList = new RegExp(String.raw`^\[(?:${account}(?:, ?${account})*)?\]$`, 'u');

function isValue(guard: Guard, variable: string): boolean {
  return guard.values.some((value) => value === variable);
}
