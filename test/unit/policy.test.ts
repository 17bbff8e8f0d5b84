import { expect, test } from 'vitest';
import { z } from 'zod';
import { identityPolicy, policyBindingName, policyName, ruleCodes } from '../../src/api/policy/identity.ts';
import { operatorAccount } from '../../src/api/policy/values.ts';
import { policyProofTask } from '../../src/api/names.ts';
import { objectsIn, read } from './repository.ts';

const policy = z.looseObject({
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    failurePolicy: z.string(),
    validations: z.array(z.object({ expression: z.string(), message: z.string() })),
  }),
});
const render = (robots: string[] = []) =>
  policy.parse(identityPolicy({ operator: 'system:serviceaccount:a:b', robots })[0]);

test('every rule has a code of its own at the start of its message, in the order that the proof expects', () => {
  const codes = render().spec.validations.map(({ message }) => message.split(' ')[0]);
  expect(codes).toEqual(Object.values(ruleCodes));
  expect(new Set(codes).size).toBe(codes.length);
});

test('the approve rule comes before the person rule, or the proof could not reach the approve rule', () => {
  const codes = Object.values(ruleCodes);
  expect(codes.indexOf(ruleCodes.approve)).toBeLessThan(codes.indexOf(ruleCodes.person));
});

test('it fails closed and denies', () => {
  expect(render().spec.failurePolicy).toBe('Fail');
  const [, binding] = objectsIn('k8s/40-policy-identity.yaml');
  expect(binding).toMatchObject({
    metadata: { name: policyBindingName },
    spec: { policyName, validationActions: ['Deny'] },
  });
});

test('nothing but creation of decisions is judged, in every namespace', () => {
  const [shipped, binding] = objectsIn('k8s/40-policy-identity.yaml');
  expect(shipped?.['spec']).toMatchObject({
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['tekton.automatiko.io'], operations: ['CREATE'], resources: ['approvaldecisions'] },
      ],
    },
  });
  expect(JSON.stringify([shipped, binding])).not.toMatch(/namespaceSelector|objectSelector|excludeResource/);
});

test('the operator and the robots of an installation are CEL literals, whatever is in their names', () => {
  const person = render(['system:serviceaccount:ci:"quoted"']).spec.validations.at(-1)?.expression;
  expect(person).toContain('in ["system:serviceaccount:ci:\\"quoted\\""]');
  expect(render().spec.validations.at(-1)?.expression).toContain('in []');
  expect(render().spec.validations[0]?.expression).toContain('== "system:serviceaccount:a:b"');
});

test('the shipped policy knows the operator by the account of the shipped manifests', () => {
  const account = objectsIn('k8s/10-serviceaccount.yaml')[0]?.metadata;
  expect(`system:serviceaccount:${account?.namespace}:${account?.name}`).toBe(operatorAccount);
  expect(read('k8s/40-policy-identity.yaml')).toContain(`"${operatorAccount}"`);
});

test("the operator's role holds approve on the name of the proof alone", () => {
  const role = z.looseObject({
    rules: z.array(z.object({ verbs: z.array(z.string()), resourceNames: z.array(z.string()).optional() })),
  });
  const [operator] = objectsIn('k8s/20-rbac-operator.yaml');
  const rules = role.parse(operator).rules.filter(({ verbs }) => verbs.includes('approve'));
  expect(rules).toMatchObject([{ verbs: ['approve'], resourceNames: [policyProofTask] }]);
});
