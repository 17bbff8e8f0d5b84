/** Which requests a policy judges. Every version of a kind where none is named, so that none is a way around it. */
export interface Judged {
  readonly group: string;
  readonly versions?: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[];
}

/** What is particular to a policy. */
interface Denial {
  /** Of the policy and of its binding. */
  readonly name: string;
  readonly judges: Judged;
  /** Fields of the policy's spec: params, variables, validations. */
  readonly spec: object;
  /** Fields of the binding's spec. */
  readonly bound?: object;
}

/** A ValidatingAdmissionPolicy and its binding: they deny, and where they cannot be evaluated, too. */
export function denial({ name, judges, spec, bound }: Denial): [policy: object, binding: object] {
  const { group, versions = ['*'], resources, operations } = judges;
  const rule = {
    apiGroups: [group],
    apiVersions: [...versions],
    operations: [...operations],
    resources: [...resources],
  };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: [rule] }, ...spec },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'], ...bound },
    },
  ];
}
