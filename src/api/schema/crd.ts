import type { z } from 'zod';
import { group, version } from '../names.ts';
import { structuralSchema, type Annotations } from './structural.ts';

/** A column of `kubectl get`. */
interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly type?: 'string' | 'date';
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

/** What makes a custom resource definition, beside its schemas. */
export interface Kind extends Annotations {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly description: string;
  /** Why its spec may not be changed, as the API server says it. */
  readonly frozen: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly Column[];
  /** Fields that `--field-selector` knows; servers before 1.31 ignore them. */
  readonly selectable: readonly string[];
}

/** The CustomResourceDefinition of a kind. */
export function customResourceDefinition(kind: Kind): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['tekton'],
      },
      scope: 'Namespaced',
      versions: [servedVersion(kind)],
    },
  };
}

function servedVersion(kind: Kind): object {
  return {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: kind.columns.map((column) => ({ type: 'string', ...column })),
    selectableFields: kind.selectable.map((jsonPath) => ({ jsonPath })),
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: kind.description,
        required: ['spec'],
        // On the root and with spec required: a rule on spec itself is skipped when a patch removes it.
        'x-kubernetes-validations': [{ rule: 'self.spec == oldSelf.spec', message: kind.frozen }],
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: structuralSchema(kind.spec, 'spec', kind),
          status: structuralSchema(kind.status, 'status', kind),
        },
      },
    },
  };
}
