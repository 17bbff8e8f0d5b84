import { labels } from '../names.ts';
import type { Guard } from './guard.ts';

/** Whether the label stays as it was, or is changed by somebody who may change every Namespace. */
const maySet = (label: string): string => {
  const [now, before] = ['object', 'oldObject'].map((object) => `${object}.metadata.?labels[?'${label}']`);
  return `${now} == ${before} || variables.everywhere`;
};

/**
 * P6: labels that take a guard from a whole namespace: ours for runs made by hand, and the one that keeps Tekton's webhook
 * from checking, without which the spec of a PipelineRun can be changed after it was approved. A role with all rights,
 * bound in a namespace, includes its Namespace object; so the right to change every Namespace is asked for. The
 * subresources store labels, too (kubernetes/kubernetes pkg/registry/core/namespace/strategy.go).
 */
export const namespaceGuard = {
  name: 'tekton-approvals-namespaces',
  prefix: 'P6',
  judges: { group: '', resources: ['namespaces', 'namespaces/*'], operations: ['UPDATE'] },
  values: [],
  variables: { everywhere: "authorizer.group('').resource('namespaces').check('update').allowed()" },
  rules: {
    label: {
      expression: maySet(labels.standalone),
      text: `The label ${labels.standalone} is set by whoever may change every Namespace. Ask those who run the cluster.`,
    },
    webhook: {
      expression: maySet(labels.unchecked),
      text: `The label ${labels.unchecked}, with which Tekton checks nothing here, is set by whoever may change every Namespace. Ask those who run the cluster.`,
    },
  },
} as const satisfies Guard;
