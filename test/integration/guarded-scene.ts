import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { annotations, labels } from '../../src/api/names.ts';
import { shippedValues } from '../../src/api/policy/values.ts';
import { Api } from '../control-plane/api.ts';
import { createNamespace } from '../control-plane/namespace.ts';
import { tokenFor } from '../control-plane/service-account.ts';
import { waitFor } from '../control-plane/waiting.ts';
import { mergePatch, send, type RawAnswer, type RawRequest } from './request.ts';

/** Who sends a request: a person of the tests by name, whoever a token belongs to, or whom the admin acts for. */
export type Sender =
  'dave' | 'erin' | 'admin' | { readonly token: string } | Required<Pick<RawRequest, 'as'>>;

export interface Sent extends Pick<RawRequest, 'method' | 'body' | 'contentType'> {
  /** Below the API group, with `NS` for the namespace. */
  readonly path: string;
  readonly keep?: boolean;
}

/** An object to be made. */
interface Named {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

export const post = (path: string, body: object): Sent => ({ method: 'POST', path, body });
export const patch = (path: string, body: object): Sent => ({
  method: 'PATCH',
  path,
  body,
  contentType: mergePatch,
});
export const remove = (path: string): Sent => ({ method: 'DELETE', path });

const ours = '/apis/tekton.automatiko.io/v1beta1/namespaces/NS';
const tekton = (version: string): string => `/apis/tekton.dev/${version}/namespaces/NS`;

/** Where objects of each kind are made and found. */
export const at = {
  decisions: `${ours}/approvaldecisions`,
  tasks: `${ours}/approvaltasks`,
  customRuns: `${tekton('v1beta1')}/customruns`,
  pipelineRuns: `${tekton('v1')}/pipelineruns`,
  pipelineRunsV1beta1: `${tekton('v1beta1')}/pipelineruns`,
  pipelines: `${tekton('v1')}/pipelines`,
  pipelinesV1beta1: `${tekton('v1beta1')}/pipelines`,
  namespace: '/api/v1/namespaces/NS',
} as const;

export const ourRef = { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask' };
/** A request within a pipeline, whose author wrote our group as loosely as the operator reads it. */
const looseSpec = {
  apiVersion: ' Tekton.Automatiko.io /v1',
  kind: 'ApprovalTask',
  spec: { approvers: ['alice'] },
};
export const foreignRef = { apiVersion: 'example.com/v1', kind: 'Wait' };

/**
 * A namespace with one of everything that the guards guard, and nobody who serves it: the PipelineRun is pending, so
 * Tekton starts nothing. dave holds every right in it, erin, by her group, those of an editor.
 */
export class Scene {
  readonly namespace: string;
  /** Uids by kind and name: `customruns/release-approve`. */
  readonly uids = new Map<string, string>();
  /** A service account that may do everything here, as a trigger's often may. */
  trigger: Sender = 'admin';
  /** What collects garbage in the cluster. */
  collector: Sender = 'admin';

  constructor(namespace: string) {
    this.namespace = namespace;
  }

  /** Sends it as that person; without `keep` nothing of it is kept. */
  async send(sender: Sender, { path, keep = false, ...request }: Sent): Promise<RawAnswer> {
    const { kubeconfig, users } = inject('controlPlane');
    const how = typeof sender === 'object' ? sender : {};
    const file = sender === 'dave' || sender === 'erin' ? users[sender] : kubeconfig;
    const dry = keep ? '' : '?dryRun=All';
    return send(file, { ...request, ...how, path: path.replace('NS', this.namespace) + dry });
  }

  uid(of: string): string {
    return this.uids.get(of) ?? '';
  }

  /** Makes an object for good. */
  async make(sender: Sender, path: string, object: Named): Promise<void> {
    const made = await this.send(sender, { method: 'POST', path, body: object, keep: true });
    if (made.status !== 201) throw new Error(`${path}: ${String(made.status)} ${made.message}`);
    this.uids.set(`${path.split('/').at(-1) ?? ''}/${object.metadata.name}`, made.body.metadata.uid);
  }
}

export const pendingRun = (metadata: object): Named & { spec: object } => ({
  apiVersion: 'tekton.dev/v1',
  kind: 'PipelineRun',
  metadata: { name: 'made', ...metadata },
  spec: { status: 'PipelineRunPending', pipelineSpec: { tasks: [{ name: 'wait', taskRef: foreignRef }] } },
});

export const customRun = (metadata: object, spec: object = {}): Named => ({
  apiVersion: 'tekton.dev/v1beta1',
  kind: 'CustomRun',
  metadata: { name: 'made', ...metadata },
  spec: { customRef: ourRef, params: [{ name: 'approvers', value: ['alice'] }], ...spec },
});

export const controlledBy = (apiVersion: string, kind: string, owner: object): object => ({
  ownerReferences: [{ apiVersion, kind, ...owner, controller: true }],
});

const everything = { kind: 'ClusterRole', name: 'cluster-admin' };
const editing = { kind: 'ClusterRole', name: 'tekton-aggregate-edit' };
const rbac = 'rbac.authorization.k8s.io';

async function bind(scene: Scene): Promise<void> {
  const path = `/apis/${rbac}/v1/namespaces/NS/rolebindings`;
  const account = { kind: 'ServiceAccount', name: 'trigger', namespace: scene.namespace };
  const bindings = [
    { name: 'admins', roleRef: everything, subjects: [{ kind: 'User', name: 'dave' }, account] },
    { name: 'editors', roleRef: editing, subjects: [{ kind: 'Group', name: 'release-managers' }] },
  ];
  for (const { name, roleRef, subjects } of bindings)
    await scene.make('admin', path, {
      metadata: { name },
      roleRef: { apiGroup: rbac, ...roleRef },
      subjects,
    });
}

async function findMachines(scene: Scene, api: Api): Promise<void> {
  scene.collector = await accountOf(shippedValues.system[0] ?? '');
  await scene.make('admin', '/api/v1/namespaces/NS/serviceaccounts', { metadata: { name: 'trigger' } });
  scene.trigger = { token: await tokenFor(api, { namespace: scene.namespace, name: 'trigger' }) };
}

/** Makes what can be attacked. What people may not make is the work of whoever breaks the glass. */
async function furnish(scene: Scene): Promise<void> {
  await scene.make('dave', at.pipelines, {
    metadata: { name: 'deploy' },
    apiVersion: 'tekton.dev/v1',
    kind: 'Pipeline',
    spec: { tasks: [{ name: 'wait', taskRef: foreignRef }] },
  });
  const stamp = { annotations: { [annotations.requestedBy]: 'dave' } };
  await scene.make('dave', at.pipelineRuns, pendingRun({ name: 'release', ...stamp }));
  await scene.make('dave', at.pipelineRuns, pendingRun({ name: 'unstamped' }));
  const owner = { name: 'release', uid: scene.uid('pipelineruns/release') };
  const below = controlledBy('tekton.dev/v1', 'PipelineRun', owner);
  const maker = await accountOf(shippedValues.tekton[0] ?? '');
  await scene.make(maker, at.pipelineRuns, pendingRun({ name: 'stamped-child', ...stamp, ...below }));
  const ofStep = (step: string): object => ({
    name: `release-${step}`,
    labels: { [labels.pipelineRun]: 'release', [labels.pipelineTask]: step },
    ...below,
  });
  const embedded = { customRef: undefined, customSpec: looseSpec };
  for (const run of [
    customRun(ofStep('approve'), { serviceAccountName: 'default', timeout: '1h0m0s' }),
    customRun(ofStep('embedded'), embedded),
    customRun({ name: 'foreign' }, { customRef: foreignRef }),
  ])
    await scene.make('admin', at.customRuns, run);
  await makeNoted(scene);
  await makeRequest(scene);
}

/** PipelineRuns of which Tekton has noted their pipeline: those that ask or may, in every place and form, and one that does not. */
async function makeNoted(scene: Scene): Promise<void> {
  const tasks = [{ name: 'wait', taskRef: foreignRef }];
  await Promise.all([
    note(scene, 'gated', { tasks, finally: [{ name: 'approve', taskRef: ourRef }] }),
    note(scene, 'embedding', { tasks: [{ name: 'approve', taskSpec: looseSpec }] }),
    note(scene, 'nesting', { tasks: [{ name: 'deploy', pipelineRef: { name: 'deploy' } }] }),
    note(scene, 'containing', { tasks: [{ name: 'deploy', pipelineSpec: { tasks } }] }),
    note(scene, 'ungated', { tasks }),
  ]);
}

async function note(scene: Scene, name: string, pipelineSpec: object): Promise<void> {
  const { spec, ...run } = pendingRun({ name });
  // What Tekton writes would be over what is noted here, so it leaves these alone.
  await scene.make('admin', at.pipelineRuns, { ...run, spec: { ...spec, managedBy: 'example.com/nobody' } });
  const status = patch(`${at.pipelineRuns}/${name}/status`, { status: { pipelineSpec } });
  const noted = await scene.send('admin', { ...status, keep: true });
  if (noted.status !== 200) throw new Error(noted.message);
}

async function makeRequest(scene: Scene): Promise<void> {
  const owner = { name: 'release-approve', uid: scene.uid('customruns/release-approve') };
  await scene.make('admin', at.tasks, {
    metadata: { name: 'release-approve', ...controlledBy('tekton.dev/v1beta1', 'CustomRun', owner) },
    ...ourRef,
    spec: { approvers: ['alice', 'dave'], customRunRef: owner },
  });
  const actor = { kind: 'kubernetes', username: 'dave' };
  const taskRef = { name: 'release-approve', uid: scene.uid('approvaltasks/release-approve') };
  await scene.make('dave', at.decisions, {
    metadata: { name: 'answer' },
    ...ourRef,
    kind: 'ApprovalDecision',
    spec: { taskRef, decision: 'approve', via: 'kubernetes', actor },
  });
}

/** Opens a scene; its namespace carries these labels. */
export async function openScene(carried: Record<string, string> = {}): Promise<Scene> {
  const scene = new Scene(`guarded-${randomBytes(4).toString('hex')}`);
  const api = new Api(inject('controlPlane').kubeconfig);
  try {
    await createNamespace(api, scene.namespace, carried);
    await findMachines(scene, api);
    await bind(scene);
    await inForce(scene);
    await furnish(scene);
  } finally {
    api.close();
  }
  return scene;
}

/** Roles reach the API server's caches a moment after they were written. */
async function inForce(scene: Scene): Promise<void> {
  for (const sender of ['dave', 'erin', scene.trigger])
    await waitFor(
      async () => {
        const tried = pendingRun({ name: 'tried' });
        const request = { method: 'POST', path: at.pipelineRuns, body: tried };
        return (await scene.send(sender as Sender, request)).status === 201;
      },
      { what: 'the roles of this scene' },
    );
}

/** The token of one of the cluster's accounts, by its full name. */
export async function accountOf(name: string): Promise<Sender> {
  const [, , namespace = '', account = ''] = name.split(':');
  const api = new Api(inject('controlPlane').kubeconfig);
  try {
    return { token: await tokenFor(api, { namespace, name: account }) };
  } finally {
    api.close();
  }
}

/** Removes the scene; nothing waits for it to be gone. */
export async function closeScene(scene: Scene): Promise<void> {
  await scene.send('admin', { method: 'DELETE', path: at.namespace, keep: true });
}
