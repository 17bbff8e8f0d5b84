/** What differs between installations, as full user names. The shipped files hold `shippedValues`. */
export interface InstallValues {
  /** The operator's account. */
  readonly operator: string;
  /** The account of Tekton's controller. */
  readonly tekton: readonly string[];
  /** Who else may create CustomRuns in every namespace: other controllers that make them. */
  readonly creators: readonly string[];
  /** The cluster's own controllers, which collect garbage and empty namespaces. */
  readonly system: readonly string[];
  /** People whom the guards of answers, requests and runs do not stop. They can forge an approval. */
  readonly breakGlass: readonly string[];
  /** Service accounts that may answer. */
  readonly robots: readonly string[];
}

/** The account that the shipped manifests give to the operator. */
export const operatorAccount = 'system:serviceaccount:tekton-approvals:tekton-approvals';

/** The values of the shipped files: Kubernetes as it is, and Tekton as its own release installs it. */
export const shippedValues: InstallValues = {
  operator: operatorAccount,
  tekton: ['system:serviceaccount:tekton-pipelines:tekton-pipelines-controller'],
  creators: [],
  system: [
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:serviceaccount:kube-system:namespace-controller',
    'system:kube-controller-manager',
  ],
  breakGlass: [],
  robots: [],
};
