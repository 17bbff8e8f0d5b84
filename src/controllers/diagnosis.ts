import { KubeError, isForbidden, isNotFound } from '../kube/error.ts';
import type { ResourceType } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { approvalDecisions, approvalTasks, customRuns, namespaces, pipelineRuns } from '../api/resources.ts';

const watched: readonly ResourceType[] = [
  customRuns,
  pipelineRuns,
  approvalTasks,
  approvalDecisions,
  namespaces,
];

/**
 * Why the operator cannot work yet: a sentence for each kind that cannot be listed, or one for an API server that
 * does not answer. Empty where everything can be read. `served` names the namespaces to look in; none: all.
 */
export async function diagnose(client: Lister, served: readonly string[] = []): Promise<readonly string[]> {
  const found = await Promise.all(
    watched.flatMap((type) => placesOf(type, served).map(async (place) => problemOf(client, type, place))),
  );
  const problems = found.filter((problem) => problem !== undefined);
  return [...new Set(problems)];
}

type Lister = Pick<ControllerContext['client'], 'list'>;
type Place = { namespace: string } | undefined;

/** Where a kind is looked for: as the caches do, so that rights in the served namespaces are enough. */
function placesOf({ namespaced }: ResourceType, served: readonly string[]): Place[] {
  if (!namespaced || served.length === 0) return [undefined];
  return served.map((namespace) => ({ namespace }));
}

async function problemOf(client: Lister, type: ResourceType, place: Place): Promise<string | undefined> {
  try {
    await client.list(type, { limit: 1, ...place });
    return undefined;
  } catch (error) {
    return explain(error, type);
  }
}

function explain(error: unknown, type: ResourceType): string {
  const kind = `${type.plural}.${type.group}`;
  if (isNotFound(error)) return `The API server does not know ${kind} ${type.version}: ${remedyFor(type)}`;
  if (isForbidden(error))
    return `Not allowed to list ${kind}: apply k8s/ again, and check the ServiceAccount.`;
  if (error instanceof KubeError && error.status === 401)
    return 'The API server does not accept the credentials.';
  if (error instanceof KubeError && error.status === 0)
    return `The API server cannot be reached: ${error.message}`;
  return `Listing ${kind} failed: ${error instanceof Error ? error.message : String(error)}`;
}

function remedyFor(type: ResourceType): string {
  return type.group === 'tekton.dev' ? 'install Tekton Pipelines.' : 'apply the files in crds/.';
}
