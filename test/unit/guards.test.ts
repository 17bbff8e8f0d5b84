import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { annotations, labels } from '../../src/api/names.ts';
import { guardPolicies, guards, type RuleCode } from '../../src/api/policy/guards.ts';
import { renderGuard, type Guard } from '../../src/api/policy/guard.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { attacks } from '../integration/attacks.ts';
import { objectsIn, read } from './repository.ts';

const policy = z.looseObject({
  spec: z.looseObject({
    failurePolicy: z.string(),
    matchConstraints: z.object({
      resourceRules: z.array(z.looseObject({ apiVersions: z.array(z.string()) })),
    }),
    variables: z.array(z.object({ name: z.string(), expression: z.string() })),
    validations: z.array(z.object({ expression: z.string(), message: z.string(), reason: z.string() })),
  }),
});
const all = Object.values<Guard>(guards);
const codes = Object.keys(attacks) as RuleCode[];

describe.each(all.map((guard) => [guard.name, guard] as const))('%s', (_, guard) => {
  const [rendered, binding] = renderGuard(guard, shippedValues);
  const { spec } = policy.parse(rendered);

  test('denies, fails closed, and judges every version of its kinds in every namespace', () => {
    expect(spec.failurePolicy).toBe('Fail');
    expect(spec.matchConstraints.resourceRules.map(({ apiVersions }) => apiVersions)).toEqual([['*']]);
    expect(binding).toMatchObject({ spec: { policyName: guard.name, validationActions: ['Deny'] } });
    expect(JSON.stringify([rendered, binding])).not.toMatch(
      /[sS]elector|excludeResource|matchConditions|matchResources/u,
    );
  });

  test('every rule says its code, and what to do, in sentences', () => {
    for (const { message, reason } of spec.validations) {
      expect(message).toMatch(/^\[P[2-7]-[a-z]+\] [A-Z].{30,}\.$/u);
      expect(reason).toBe('Forbidden');
    }
  });

  test('its install values are its first variables, each a list of names on one line', () => {
    for (const [at, value] of guard.values.entries()) {
      expect(spec.variables[at]?.name).toBe(value);
      expect(JSON.parse(spec.variables[at]?.expression ?? '')).toEqual([shippedValues[value]].flat());
    }
    // No account is named anywhere else.
    const rest = [...spec.variables.slice(guard.values.length), ...spec.validations];
    const accounts = [shippedValues.operator, ...shippedValues.tekton, ...shippedValues.system];
    for (const { expression } of rest) for (const name of accounts) expect(expression).not.toContain(name);
  });

  test('every variable is used', () => {
    const expressions = [...spec.variables, ...spec.validations]
      .map(({ expression }) => expression)
      .join('\n');
    const unused = spec.variables.filter(
      ({ name }) => !new RegExp(String.raw`\bvariables\.${name}\b`, 'u').test(expressions),
    );
    expect(unused).toEqual([]);
  });
});

test('an install value is a CEL literal, whatever is in a name', () => {
  const [rendered] = renderGuard(guards.P4, { ...shippedValues, breakGlass: ['a"b\\c', 'd'] });
  expect(policy.parse(rendered).spec.variables.at(4)?.expression).toBe(String.raw`["a\"b\\c", "d"]`);
});

test('there is an attack for each rule, and a rule for each attack', () => {
  const rules = all.flatMap((guard) => Object.keys(guard.rules).map((rule) => `${guard.prefix}-${rule}`));
  expect(codes).toEqual(rules);
});

test('the shipped file holds the guards with the shipped values', () => {
  expect(objectsIn('k8s/41-policy-guards.yaml')).toEqual(
    JSON.parse(JSON.stringify(guardPolicies(shippedValues))),
  );
});

test('docs/security.md explains each rule, install value, annotation and label', () => {
  const page = read('docs/security.md');
  const values = Object.keys(shippedValues).filter((name) => name !== 'robots');
  const names = [
    ...codes.map((code) => `[${code}]`),
    ...values,
    shippedValues.operator,
    ...shippedValues.tekton,
    ...shippedValues.system,
    annotations.requestedBy,
    annotations.requestedFor,
    ...all.map(({ name }) => name),
  ];
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  expect(page).toContain(`\`${labels.standalone}: "true"\``);
});

test('docs/guides/install.md replaces Tekton’s account wherever it stands', () => {
  const page = read('docs/guides/install.md');
  const patches = [
    ...page.matchAll(/name: (tekton-approvals-\w+)\n\s+patch: \|-\n([\s\S]*?)\n(?= {2}- target|```)/gu),
  ];
  const replaced = patches.flatMap(([, name = '', patch = '']) =>
    [...patch.matchAll(/variables\/(\d+)\/expression # (\w+)/gu)].map(([, at = '', value = '']) => {
      expect(all.find((guard) => guard.name === name)?.values[Number(at)]).toBe(value);
      return `${name} ${value}`;
    }),
  );
  const named = all.filter(({ values }) => values.includes('tekton'));
  expect(replaced).toEqual(expect.arrayContaining(named.map(({ name }) => `${name} tekton`)));
});
