import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pipelineRuns } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { pipelines } from '../../test/builders/resources.ts';
import { readObjects } from '../../test/control-plane/apply.ts';

const samples = fileURLToPath(new URL('../../k8s/samples', import.meta.url));

interface Parameter {
  readonly name: string;
  readonly value: string;
}

interface PipelineTask {
  readonly name: string;
  readonly params?: readonly object[];
}

/** Applies the sample pipeline, with these parameters more for its approval, and starts it. Returns the run's name. */
export async function startSample(
  client: KubeClient,
  namespace: string,
  parameters: readonly Parameter[],
): Promise<string> {
  await client.create(pipelines, asking(inside(namespace, 'pipeline-deploy.yaml'), parameters));
  const { object } = await client.create<KubeObject>(pipelineRuns, inside(namespace, 'pipelinerun.yaml'));
  return object.metadata.name;
}

type Sample = Omit<KubeObject, 'metadata'> & {
  metadata: { namespace: string };
  spec?: { tasks?: readonly PipelineTask[] };
};

function inside(namespace: string, file: string): Sample {
  const [object] = readObjects(path.join(samples, file));
  if (object === undefined) throw new Error(`${file} holds no object`);
  return { ...object, metadata: { ...object.metadata, namespace } };
}

function asking(pipeline: Sample, parameters: readonly Parameter[]): Sample {
  const tasks = pipeline.spec?.tasks?.map((task) =>
    task.name === 'approve' ? { ...task, params: [...(task.params ?? []), ...parameters] } : task,
  );
  return { ...pipeline, spec: { ...pipeline.spec, ...(tasks && { tasks }) } };
}
