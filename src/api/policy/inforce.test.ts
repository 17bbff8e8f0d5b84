import { describe, expect, test } from 'vitest';
import { renderGuard } from './guard.ts';
import { isInForce } from './inforce.ts';
import { requesterGuard } from './requester.ts';
import { shippedValues } from './values.ts';

type Stored = ReturnType<typeof JSON.parse>;

/** Policy and binding as the API server gives them back: with what it fills in. */
function stored(values = shippedValues): { policy: Stored; binding: Stored } {
  const [policy, binding]: Stored[] = structuredClone(renderGuard(requesterGuard, values));
  const { matchConstraints } = policy.spec;
  Object.assign(matchConstraints, {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
  });
  for (const rule of matchConstraints.resourceRules) rule.scope = '*';
  return { policy, binding };
}

const after = (change: (policy: Stored, binding: Stored) => void) => {
  const found = stored();
  change(found.policy.spec, found.binding.spec);
  return isInForce(requesterGuard, found);
};

test('a policy is in force as shipped, whatever the API server filled in', () => {
  expect(isInForce(requesterGuard, stored())).toBe(true);
  expect(after((policy) => delete policy.matchConstraints.resourceRules[0].scope)).toBe(true);
  expect(after((_, binding) => (binding.matchResources = {}))).toBe(true);
  expect(after((policy) => (policy.validations[0].message = 'said otherwise'))).toBe(true);
});

describe('a policy is not in force', () => {
  test.each<[string, (policy: Stored, binding: Stored) => void]>([
    ['that fails open', (policy) => (policy.failurePolicy = 'Ignore')],
    ['that only audits', (_, binding) => (binding.validationActions = ['Audit'])],
    ['whose binding is of another policy', (_, binding) => (binding.policyName = 'other')],
    ['that takes parameters', (policy) => (policy.paramKind = { apiVersion: 'v1', kind: 'ConfigMap' })],
    ['whose binding takes parameters', (_, binding) => (binding.paramRef = { name: 'x' })],
    ['with a condition', (policy) => (policy.matchConditions = [{ name: 'x', expression: 'true' }])],
    ['that lacks a rule', (policy) => policy.validations.pop()],
    ['with a weakened rule', (policy) => (policy.validations[0].expression += ' || true')],
    ['with a weakened variable', (policy) => (policy.variables.at(-1).expression = 'true')],
    ['with a variable less', (policy) => policy.variables.pop()],
    ['for one version', (policy) => (policy.matchConstraints.resourceRules[0].apiVersions = ['v1'])],
    ['for creations alone', (policy) => (policy.matchConstraints.resourceRules[0].operations = ['CREATE'])],
    ['for one name', (policy) => (policy.matchConstraints.resourceRules[0].resourceNames = ['x'])],
    [
      'that leaves something out',
      (policy) => (policy.matchConstraints.excludeResourceRules = [{ resources: ['pipelines'] }]),
    ],
    [
      'for some namespaces',
      (policy) => (policy.matchConstraints.namespaceSelector = { matchLabels: { a: 'b' } }),
    ],
    ['for some objects', (policy) => (policy.matchConstraints.objectSelector = { matchLabels: { a: 'b' } })],
    ['that looks at its own version alone', (policy) => (policy.matchConstraints.matchPolicy = 'Exact')],
    [
      'that is bound in some namespaces',
      (_, binding) => (binding.matchResources = { namespaceSelector: { matchExpressions: [{ key: 'a' }] } }),
    ],
    [
      'that is bound for some resources',
      (_, binding) => (binding.matchResources = { resourceRules: [{ resources: ['pipelines'] }] }),
    ],
  ])('%s', (_, change) => {
    expect(after(change)).toBe(false);
  });

  test('that is not there, or is something else', () => {
    expect(isInForce(requesterGuard, { policy: undefined, binding: undefined })).toBe(false);
    expect(isInForce(requesterGuard, { policy: { spec: {} }, binding: { spec: {} } })).toBe(false);
  });
});

describe('install values', () => {
  const inForceWith = (tekton: string[]) => isInForce(requesterGuard, stored({ ...shippedValues, tekton }));

  test('may name other accounts', () => {
    expect(inForceWith(['system:serviceaccount:openshift-pipelines:tekton-pipelines-controller'])).toBe(true);
    expect(inForceWith(['system:serviceaccount:a:b', 'system:serviceaccount:c:d'])).toBe(true);
    expect(inForceWith([])).toBe(true);
  });

  test.each(['alice', 'system:anonymous', 'system:masters', 'system:node:n1'])(
    'may not make an account of Tekton out of %s',
    (name) => {
      expect(inForceWith([name])).toBe(false);
    },
  );

  test('may not be an expression of any other kind', () => {
    expect(after((policy) => (policy.variables[0].expression = '[request.userInfo.username]'))).toBe(false);
  });
});
