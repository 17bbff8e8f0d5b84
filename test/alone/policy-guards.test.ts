import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { annotations } from '../../src/api/names.ts';
import { guards, type RuleCode } from '../../src/api/policy/guards.ts';
import { renderGuard, type Guard } from '../../src/api/policy/guard.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { admissionPolicies, admissionPolicyBindings } from '../../src/api/resources.ts';
import { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { userOf } from '../control-plane/installation.ts';
import { attacks } from '../integration/attacks.ts';
import {
  at,
  closeScene,
  foreignRef,
  openScene,
  patch,
  remove,
  type Scene,
} from '../integration/guarded-scene.ts';
import { until } from '../integration/until.ts';

/**
 * Each rule of the guards, taken away alone: then its attacks get through, so nothing else stops them. Every rule has a
 * namespace of its own, where a copy of its policy without that one rule stands for the shipped one.
 */

const label = 'tekton-approvals-test/without';
const codes = Object.keys(attacks) as RuleCode[];
const scenes = new Map<RuleCode, { plain: Scene; open?: Scene }>();
const admin = KubeClient.load(inject('controlPlane').kubeconfig);

const guardOf = (code: RuleCode): Guard => guards[code.slice(0, 2) as keyof typeof guards];
const copyOf = (code: RuleCode): string => `test-without-${code.toLowerCase()}`;

beforeAll(async () => {
  for (const guard of Object.values<Guard>(guards))
    await bindElsewhere(guard, [{ key: label, operator: 'DoesNotExist' }]);
  await Promise.all(codes.map(install));
  await Promise.all(
    codes.map(async (code) => {
      const plain = await openScene({ [label]: code });
      const standalone = attacks[code].some((attack) => attack.standalone === true);
      const open = standalone
        ? await openScene({ [label]: code, 'tekton-approvals/standalone': 'true' })
        : undefined;
      scenes.set(code, { plain, ...(open && { open }) });
    }),
  );
});

afterAll(async () => {
  for (const code of codes)
    for (const type of [admissionPolicyBindings, admissionPolicies]) await admin.delete(type, copyOf(code));
  for (const guard of Object.values<Guard>(guards)) await bindElsewhere(guard, []);
  const all = [...scenes.values()].flatMap(({ plain, open }) =>
    open === undefined ? [plain] : [plain, open],
  );
  await Promise.all(all.map(closeScene));
  await admin.close();
});

/** The shipped policy judges what these expressions say. */
async function bindElsewhere(guard: Guard, matchExpressions: object[]): Promise<void> {
  const matchResources = matchExpressions.length === 0 ? null : { namespaceSelector: { matchExpressions } };
  await admin.patch(admissionPolicyBindings, guard.name, { spec: { matchResources } }, { type: 'merge' });
}

type Rendered = KubeObject & { spec: { validations: { message: string }[] } };

/** A copy of the rule's policy without the rule, in force in the rule's namespaces. Whoever administers breaks the glass; erin may create runs. */
async function install(code: RuleCode): Promise<void> {
  const breakGlass = [await userOf(inject('controlPlane').kubeconfig)];
  const [policy, binding] = renderGuard(guardOf(code), {
    ...shippedValues,
    breakGlass,
    creators: ['erin'],
  });
  const { validations, ...spec } = (policy as Rendered).spec;
  const left = validations.filter(({ message }) => !message.startsWith(`[${code}] `));
  if (left.length !== validations.length - 1) throw new Error(`${code} is not one rule`);
  const metadata = { name: copyOf(code) };
  // A policy needs a rule; in the place of the only one stands one that says nothing.
  const rules = left.length > 0 ? left : [{ expression: 'true' }];
  await admin.create(admissionPolicies, { ...policy, metadata, spec: { ...spec, validations: rules } });
  await admin.create(admissionPolicyBindings, {
    ...binding,
    metadata,
    spec: {
      policyName: metadata.name,
      validationActions: ['Deny'],
      matchResources: { namespaceSelector: { matchLabels: { [label]: code } } },
    },
  });
}

/** Another rule of the same policy, whose refusal shows that the copy is in force. */
function neighbourOf(code: RuleCode): RuleCode | undefined {
  return codes.find((other) => other !== code && other.startsWith(code.slice(0, 3)));
}

function sceneWithout(code: RuleCode): Scene {
  const { plain } = scenes.get(code) ?? {};
  if (plain === undefined) throw new Error('no scene');
  return plain;
}

describe.each(codes.map((code) => ({ code })))('without the rule $code alone', ({ code }) => {
  const neighbour = neighbourOf(code);
  if (neighbour !== undefined)
    it('its neighbour still stops what it is for', async () => {
      const plain = sceneWithout(code);
      const [attack] = attacks[neighbour];
      await until(`${neighbour} to be in force`, async () => {
        const { message } = await plain.send(attack.by?.(plain) ?? 'dave', attack.sent(plain));
        return message.includes(`'${copyOf(code)}'`) && message.includes(`[${neighbour}] `);
      });
    });

  it.each(attacks[code])('$title', async (attack) => {
    const place = scenes.get(code)?.[attack.standalone === true ? 'open' : 'plain'];
    if (place === undefined) throw new Error('no scene');
    // The shipped policy lets go of the namespace a moment after its binding was changed.
    const got = await until('the attack to get through', async () => {
      const { status, message } = await place.send(attack.by?.(place) ?? 'dave', attack.sent(place));
      return !message.includes("'tekton-approvals-") && { status, message };
    });
    expect(got).toEqual({
      status: expect.toSatisfy((status) => status === 200 || status === 201),
      message: '',
    });
  });
});

it('whoever is named among the creators makes runs, and others do not', async () => {
  const place = sceneWithout('P4-spec');
  const [{ sent }] = attacks['P4-create'];
  await until('erin to make a run', async () => (await place.send('erin', sent(place))).status === 201);
  const { message } = await place.send('dave', sent(place));
  expect(message).toContain('[P4-create]');
});

it('a Pipeline whose stamp is older than the policy stays as it is, and can be let go', async () => {
  const place = sceneWithout('P5-pipeline');
  const annotated = (name: string): object => ({ annotations: { [annotations.requestedBy]: name } });
  await place.make('dave', at.pipelines, {
    apiVersion: 'tekton.dev/v1',
    kind: 'Pipeline',
    metadata: { name: 'old', finalizers: ['example.com/held'], ...annotated('dave') },
    spec: { tasks: [{ name: 'wait', taskRef: foreignRef }] },
  });
  // From here on the rule is there: another one is not.
  const moved = patch(at.namespace, { metadata: { labels: { [label]: 'P5-name' } } });
  await place.send('admin', { ...moved, keep: true });
  const old = `${at.pipelines}/old`;
  const refused = async (change: object): Promise<boolean> =>
    (await place.send('dave', patch(old, change))).message.includes('[P5-pipeline]');
  const released = { metadata: { finalizers: [] } };
  await until('the rule to be in force', async () => refused(released));
  await place.send('dave', { ...remove(old), keep: true });
  expect(await refused({ metadata: annotated('erin') })).toBe(true);
  expect(await place.send('dave', patch(old, released))).toMatchObject({ message: '', status: 200 });
  await place.send('admin', { ...patch(old, released), keep: true });
});
