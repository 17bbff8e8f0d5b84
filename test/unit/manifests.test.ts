import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { load } from 'js-yaml';
import { z } from 'zod';
import { readChannels, unknownDefaults } from '../../src/api/channelsdocument.ts';
import { environmentName, readConfig } from '../../src/config.ts';
import { accepted, runWith, sha256, surroundings } from '../builders/parameters.ts';
import { parsePeople, peopleKey } from '../../src/identity/peoplesource.ts';
import { readParameters, referenceOf } from '../../src/api/parameters.ts';
import { policyName } from '../../src/api/policy/identity.ts';
import { requesterGuard } from '../../src/api/policy/requester.ts';
import { manifestsOf, objectsIn, read, type Manifest } from './repository.ts';

const installed = manifestsOf('k8s').flatMap(objectsIn);
const dashboard = manifestsOf('k8s/dashboard').flatMap(objectsIn);
const byKind = (kind: string): Manifest[] => installed.filter((object) => object.kind === kind);

const role = z.looseObject({
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
});
const roles = [...installed, ...dashboard]
  .filter(({ kind }) => kind.endsWith('Role'))
  .map((object) => [object.metadata.name ?? '', object.kind, role.parse(object).rules] as const);
const rulesOf = (name: string, kind = 'ClusterRole') =>
  roles.find(([found, ofKind]) => found === name && ofKind === kind)?.[2] ?? [];

describe('roles', () => {
  test.each(roles)('%s (%s) has no wildcard and cannot raise itself', (_, __, rules) => {
    for (const { apiGroups, resources, verbs } of rules) {
      expect([...apiGroups, ...resources, ...verbs].filter((word) => word.includes('*'))).toEqual([]);
      expect(verbs).not.toEqual(expect.arrayContaining([expect.stringMatching(/escalate|bind|impersonate/)]));
    }
  });

  test('nobody may update an answer, and only the operator may delete one', () => {
    for (const [name, , rules] of roles) {
      const verbs = rules
        .filter(({ resources }) => resources.includes('approvaldecisions'))
        .flatMap((rule) => rule.verbs);
      expect(verbs).not.toEqual(expect.arrayContaining([expect.stringMatching(/update|patch/)]));
      if (name !== 'tekton-approvals-operator') expect(verbs).not.toContain('delete');
    }
  });

  test('the operator reads runs and writes nothing of them but their status', () => {
    const rules = rulesOf('tekton-approvals-operator').filter(({ apiGroups }) =>
      apiGroups.includes('tekton.dev'),
    );
    expect(rules.map(({ resources, verbs }) => [resources.join(), verbs.join()])).toEqual([
      ['customruns', 'get,list,watch'],
      ['customruns/status', 'patch'],
      ['customruns/finalizers', 'update'],
      ['pipelineruns', 'get,list,watch'],
    ]);
  });

  test('secrets and leases are bound to their names and to the namespace of the operator', () => {
    const everywhere = rulesOf('tekton-approvals-operator').flatMap(({ resources }) => resources);
    expect(everywhere).not.toEqual(expect.arrayContaining([expect.stringMatching(/secrets|leases/)]));
    for (const { verbs, resourceNames } of rulesOf('tekton-approvals-operator', 'Role')) {
      expect(verbs.includes('create') ? verbs : resourceNames).toHaveLength(1);
    }
  });

  test('the verb approve is aggregated into no other role', () => {
    for (const object of byKind('ClusterRole')) {
      const aggregated = Object.keys(object.metadata.labels ?? {}).filter((label) =>
        label.includes('aggregate'),
      );
      const approves = role.parse(object).rules.some(({ verbs }) => verbs.includes('approve'));
      expect(approves ? aggregated : []).toEqual([]);
    }
  });

  test('the operator may read the two policies that it relies on, and no others', () => {
    const rules = rulesOf('tekton-approvals-operator').filter(({ apiGroups }) =>
      apiGroups.includes('admissionregistration.k8s.io'),
    );
    expect(rules).toMatchObject(
      [policyName, requesterGuard.name].map((name) => ({ resourceNames: [name], verbs: ['get'] })),
    );
  });
});

const optionalSource = z.looseObject({ optional: z.literal(true) });
const podSpec = z.looseObject({
  spec: z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({
        enableServiceLinks: z.boolean(),
        containers: z.tuple([
          z.looseObject({
            args: z.array(z.string()),
            env: z.array(z.object({ name: z.string(), value: z.string() })),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            volumeMounts: z.array(
              z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true) }),
            ),
          }),
        ]),
        volumes: z.array(
          z.looseObject({
            name: z.string(),
            secret: optionalSource.optional(),
            configMap: optionalSource.optional(),
          }),
        ),
      }),
    }),
  }),
});

describe('the Deployment', () => {
  const pod = podSpec.parse(byKind('Deployment')[0]).spec.template.spec;
  const [container] = pod.containers;

  test('meets the restricted pod security standard that its namespace enforces', () => {
    expect(byKind('Namespace')[0]?.metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  });

  test('passes settings that the operator accepts, on the ports that it declares', () => {
    const environment = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const configured = readConfig(environment);
    if (!configured.ok) throw new Error(JSON.stringify(configured.problems));
    const { web, probes, metrics } = configured.config;
    expect(container.ports).toEqual([
      { name: 'web', containerPort: web.port },
      { name: 'probes', containerPort: probes.port },
      { name: 'metrics', containerPort: metrics.port },
    ]);
    const exposed = container.ports.map(({ containerPort }) => String(containerPort));
    expect(read('Dockerfile')).toContain(`\nEXPOSE ${exposed.join(' ')}\n`);
  });

  test('looks for the document of channels in a folder that follows its Secret, which need not be there', () => {
    const file = container.env.find(({ name }) => name === environmentName('channels.file'))?.value ?? '';
    const mount = container.volumeMounts.find(({ mountPath }) => mountPath === path.dirname(file));
    expect(path.basename(file)).toBe('channels.yaml');
    expect(pod.volumes.find(({ name }) => name === mount?.name)).toMatchObject({
      secret: { secretName: 'tekton-approvals-channels', optional: true },
    });
  });

  test('mounts nothing but folders that may be missing, each of its own source', () => {
    expect(container.volumeMounts.map(({ name }) => name)).toEqual(pod.volumes.map(({ name }) => name));
    for (const { secret, configMap } of pod.volumes) expect(secret ?? configMap).toBeDefined();
  });

  test('keeps the variables of its own Service out: they would look like settings', () => {
    expect(pod.enableServiceLinks).toBe(false);
    expect(readConfig({ TEKTON_APPROVALS_SERVICE_HOST: '10.0.0.1' }).ok).toBe(false);
  });

  test('starts the image as the image starts itself', () => {
    expect(read('Dockerfile')).toContain(`CMD ${JSON.stringify(container.args).replaceAll(',', ', ')}`);
  });
});

test('the Service leads from port 80 to the form', () => {
  expect(byKind('Service')[0]?.['spec']).toMatchObject({
    selector: { 'app.kubernetes.io/name': 'tekton-approvals' },
    ports: [{ port: 80, targetPort: 'web' }],
  });
  // Metrics are each replica's own: behind a Service one would see a random one of them.
  expect(JSON.stringify(byKind('Service'))).not.toContain('metrics');
});

test('the Dashboard shows the entry by its displayName and may read what it lists', () => {
  const [extension] = dashboard;
  expect(extension?.['spec']).toEqual({
    apiVersion: 'tekton.automatiko.io/v1beta1',
    name: 'approvaltasks',
    displayName: 'Approvals',
  });
  expect(rulesOf('tekton-approvals-dashboard')).toEqual([
    { apiGroups: ['tekton.automatiko.io'], resources: ['approvaltasks'], verbs: ['get', 'list', 'watch'] },
  ]);
});

test('kubectl apply -k installs every file of the folder', () => {
  const listed = z.object({ resources: z.array(z.string()) }).parse(load(read('k8s/kustomization.yml')), {});
  const files = manifestsOf('k8s').map((file) => file.replace('k8s/', ''));
  expect(listed.resources).toEqual(['../crds', ...files]);
});

const pipelineTask = z.looseObject({
  name: z.string(),
  taskRef: z.looseObject({ apiVersion: z.string(), kind: z.string() }).optional(),
  params: z.array(z.object({ name: z.string(), value: z.unknown() })).optional(),
  timeout: z.string().optional(),
  taskSpec: z.looseObject({ steps: z.array(z.looseObject({ script: z.string() })) }).optional(),
});
const tasksOf = (object: Manifest) => {
  const spec = z.looseObject({ tasks: z.array(pipelineTask).optional() });
  const outer = z.object({ spec: spec.extend({ pipelineSpec: spec.optional() }) }).parse(object).spec;
  return outer.tasks ?? outer.pipelineSpec?.tasks ?? [];
};
const peopleFile = 'k8s/samples/people.yaml';
const channelsFile = 'k8s/samples/channels.yaml';
const tektonFiles = manifestsOf('k8s/samples').filter((file) => ![peopleFile, channelsFile].includes(file));
const samples = tektonFiles.flatMap((file) => objectsIn(file).map((object) => [file, object] as const));

describe('samples', () => {
  test('the people directory is one, under the name that the operator may read', () => {
    const [object] = objectsIn(peopleFile);
    expect(object).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'tekton-approvals-people', namespace: 'tekton-approvals' },
    });
    const { data } = z.looseObject({ data: z.record(z.string(), z.string()) }).parse(object);
    expect(parsePeople(data[peopleKey] ?? '')).toMatchObject({ ok: true });
  });

  test('the channels are those that the Deployment mounts, under the key that it looks for', () => {
    const [object] = objectsIn(channelsFile);
    expect(object).toMatchObject({
      kind: 'Secret',
      metadata: { name: 'tekton-approvals-channels', namespace: 'tekton-approvals' },
    });
    const { stringData } = z.looseObject({ stringData: z.record(z.string(), z.string()) }).parse(object);
    const document = readChannels(load(stringData['channels.yaml'] ?? ''));
    if (!document.ok) throw new Error(document.problems.join());
    expect(
      document.channels.slack.size * document.channels.teams.size * document.channels.webhook.size,
    ).toBeGreaterThan(0);
    expect(unknownDefaults(document.channels)).toEqual([]);
  });

  test.each(samples)('%s is for tekton.dev/v1', (_, { apiVersion }) => {
    expect(apiVersion).toBe('tekton.dev/v1');
  });

  test('every PipelineRun says when Tekton may end it, because an hour is short for people', () => {
    const runs = samples.filter(([, { kind }]) => kind === 'PipelineRun');
    expect(runs.length).toBeGreaterThan(0);
    for (const [, run] of runs) {
      expect(run['spec']).toHaveProperty('timeouts.pipeline');
    }
  });

  test.each(samples.flatMap(([file, object]) => tasksOf(object).map((task) => [file, task] as const)))(
    '%s: task $name is one that Tekton and the operator accept',
    (_, task) => {
      if (task.taskRef === undefined) {
        expect(task.taskSpec?.steps.length).toBeGreaterThan(0);
        return;
      }
      const run = runWith({ customRef: task.taskRef, params: task.params, timeout: task.timeout });
      expect(referenceOf(run)).toEqual({ kind: 'ours' });
      const { spec, notes } = accepted(readParameters(run, surroundings, sha256));
      expect(notes).toEqual([]);
      expect(spec.approvers).toContain('approver@example.com');
    },
  );
});
