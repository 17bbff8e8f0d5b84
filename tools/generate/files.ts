import { dump } from 'js-yaml';
import { group } from '../../src/api/names.ts';
import { adoptionPolicy } from '../../src/api/policy/adoption.ts';
import { guardPolicies } from '../../src/api/policy/guards.ts';
import { identityPolicy } from '../../src/api/policy/identity.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { customResourceDefinition } from '../../src/api/schema/crd.ts';
import { kinds } from '../../src/api/schema/kinds.ts';
import type { Block } from './block.ts';
import { metricsPage } from './metrics.ts';
import { refusalsBlock } from './refusals.ts';
import { settingsBlock } from './settings.ts';

const header = '# Generated from src/api by `npm run generate`. Do not edit.\n';

/** Every generated file, by its path in the repository. The same source gives the same bytes. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const definitions = kinds.map(
    (kind) => [`crds/${group}_${kind.plural}.yaml`, yaml([customResourceDefinition(kind)])] as const,
  );
  const policy = identityPolicy(shippedValues);
  return new Map([
    ...definitions,
    ['k8s/40-policy-identity.yaml', yaml(policy)],
    ['k8s/41-policy-guards.yaml', yaml(guardPolicies(shippedValues))],
    ['k8s/42-policy-adoption.yaml', yaml(adoptionPolicy())],
    ['docs/metrics.md', metricsPage()],
  ]);
}

/** Every generated part of a page that people write. */
export function generatedBlocks(): readonly Block[] {
  return [settingsBlock(), refusalsBlock()];
}

function yaml(documents: readonly object[]): string {
  const rendered = documents.map((document) => dump(document, { lineWidth: -1, noRefs: true }));
  return header + rendered.join('---\n');
}
