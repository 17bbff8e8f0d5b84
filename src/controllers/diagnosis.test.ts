import { expect, test } from 'vitest';
import type { KubeClient } from '../kube/client.ts';
import { KubeError } from '../kube/error.ts';
import type { ResourceType } from '../kube/object.ts';
import { diagnose } from './diagnosis.ts';

/** A server that answers as the test says, and the places that were asked for. */
function server(answer: (type: ResourceType) => KubeError | undefined = () => undefined) {
  const asked: string[] = [];
  const list = async (type: ResourceType, { namespace = '' }: { namespace?: string }): Promise<unknown> => {
    asked.push(`${namespace}/${type.plural}`);
    const error = answer(type);
    if (error !== undefined) throw error;
    return { items: [] };
  };
  // Only what is called.
  return { asked, client: { list } as unknown as KubeClient };
}
const only = (plural: string, status: number) => (type: ResourceType) =>
  type.plural === plural ? new KubeError('its words', { status }) : undefined;
const always = (status: number) => () => new KubeError('its words', { status });

test('a cluster that has everything has no problem', async () => {
  expect(await diagnose(server().client)).toEqual([]);
});

test.each([
  [
    'without our kinds',
    only('approvaltasks', 404),
    'The API server does not know approvaltasks.tekton.automatiko.io v1beta1: apply the files in crds/.',
  ],
  [
    'without Tekton',
    only('customruns', 404),
    'The API server does not know customruns.tekton.dev v1beta1: install Tekton Pipelines.',
  ],
  [
    'without rights',
    only('pipelineruns', 403),
    'Not allowed to list pipelineruns.tekton.dev: apply k8s/ again, and check the ServiceAccount.',
  ],
  ['with a wrong token', always(401), 'The API server does not accept the credentials.'],
  ['that is away', always(0), 'The API server cannot be reached: its words'],
])('a cluster %s is named in one sentence', async (_, answer, sentence) => {
  expect(await diagnose(server(answer).client)).toEqual([sentence]);
});

test('where only some namespaces are served, rights in them are enough', async () => {
  const { asked, client } = server();
  await diagnose(client, ['shop', 'bank']);
  expect(asked).toContain('shop/customruns');
  expect(asked).toContain('bank/approvaldecisions');
  expect(asked.filter((place) => place.startsWith('/'))).toEqual(['/namespaces']);
});
