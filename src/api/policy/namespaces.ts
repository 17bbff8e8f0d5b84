import { labels } from '../names.ts';
import type { Guard } from './guard.ts';

const carried = (object: string): string => `${object}.metadata.?labels[?'${labels.standalone}']`;

/**
 * P6: the label that lets people make runs by hand takes the guard from a whole namespace. A role with all rights, bound in
 * a namespace, includes its Namespace object; so the right to change every Namespace is asked for. The subresources store
 * labels, too (kubernetes/kubernetes pkg/registry/core/namespace/strategy.go).
 */
export const namespaceGuard = {
  name: 'tekton-approvals-namespaces',
  prefix: 'P6',
  judges: { group: '', resources: ['namespaces', 'namespaces/*'], operations: ['UPDATE'] },
  values: [],
  variables: {},
  rules: {
    label: {
      expression: `${carried('object')} == ${carried('oldObject')} || authorizer.group('').resource('namespaces').check('update').allowed()`,
      text: `The label ${labels.standalone} is set by whoever may change every Namespace. Ask those who run the cluster.`,
    },
  },
} as const satisfies Guard;
