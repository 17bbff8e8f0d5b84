import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { pipelineRuns } from '../../src/api/resources.ts';
import { pipelines } from '../builders/resources.ts';
import { Api, type KubeObject } from '../control-plane/api.ts';
import { applyObject, applyObjects, readObjects } from '../control-plane/apply.ts';
import { FormClient } from '../fakes/form-client.ts';
import { openGate, type Gate, type PipelineRunObject } from './gate.ts';

/** Every file of k8s/ reaches a real API server; every sample is run, Tekton's admission included. */

const folder = fileURLToPath(new URL('../../k8s', import.meta.url));
const filesIn = (name: string): string[] =>
  readdirSync(path.join(folder, name))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => path.join(folder, name, file));

let gate: Gate;
let api: Api;
beforeAll(async () => {
  api = new Api(inject('controlPlane').kubeconfig);
  await applyObjects(api, [extensionKind]);
  gate = await openGate();
});
afterAll(async () => {
  await gate.close();
  api.close();
});

/** The Dashboard's own kind, as its installation makes it: any field is taken (tektoncd/dashboard, Extension CRD). */
const extensionKind: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'extensions.dashboard.tekton.dev' },
  spec: {
    group: 'dashboard.tekton.dev',
    scope: 'Namespaced',
    names: { kind: 'Extension', plural: 'extensions', singular: 'extension' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describe('the manifests', () => {
  const objects = [...filesIn('.'), ...filesIn('dashboard')].flatMap(readObjects);

  it.each(objects.map((object) => ({ title: `${object.kind} ${object.metadata.name}`, object })))(
    '$title is taken by the API server',
    async ({ object }) => {
      const taken = await applyObject(api, object, { dryRun: true });
      expect(taken.kind).toBe(object.kind);
    },
  );
});

describe('the samples', () => {
  const approvers = ['approver@example.com', 'second.approver@example.com', 'product.owner@example.com'];
  const runs = filesIn('samples').filter((file) => path.basename(file).startsWith('pipelinerun'));

  beforeAll(async () => {
    const [deploy] = filesIn('samples')
      .flatMap(readObjects)
      .filter(({ kind }) => kind === 'Pipeline');
    await gate.create(pipelines, deploy as never);
  });

  it.each(runs.map((file) => ({ sample: path.basename(file), file })))(
    '$sample goes the whole way when everybody approves',
    async ({ file }) => {
      const [run] = readObjects(file);
      const { name } = (await gate.create<PipelineRunObject>(pipelineRuns, run as never)).metadata;
      const task = await gate.task(`${name}-approve`);
      for (const address of approvers.filter((approver) => task.spec.approvers.includes(approver))) {
        const browser = new FormClient();
        const page = await browser.open(await gate.mailedLink(address, task));
        expect((await browser.answer(page, 'approve')).status).toBe(200);
      }
      const ended = await gate.pipelineRun(name);
      expect(ended.status?.conditions?.[0]).toMatchObject({ status: 'True' });
      expect(ended.status?.childReferences?.length).toBeGreaterThan(1);
    },
  );
});
