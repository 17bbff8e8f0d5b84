import { readFileSync } from 'node:fs';

import { loadAll } from 'js-yaml';

import { type Api, ApiError, type KubeObject, patchTypes } from './api.ts';
import { waitFor } from './waiting.ts';

type Resource = { name: string; kind: string; namespaced: boolean };

/** The objects of a YAML file with any number of documents, in the order of the file; empty documents are left out. */
export function readObjects(file: string): KubeObject[] {
  return loadAll(readFileSync(file, 'utf8')).filter(isObject);
}

function isObject(value: unknown): value is KubeObject {
  return typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value;
}

/**
 * Applies objects by server-side apply, in order, as one field manager that takes fields over from others.
 * A CustomResourceDefinition is waited for until it is established, so that its objects may follow at once.
 */
export async function applyObjects(api: Api, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects) {
    await applyObject(api, object);
    if (object.kind === 'CustomResourceDefinition') await established(api, object.metadata.name);
  }
}

/** Applies one object by server-side apply and returns what the server made of it; with `dryRun` it keeps nothing. */
export async function applyObject(
  api: Api,
  object: KubeObject,
  { dryRun = false } = {},
): Promise<KubeObject> {
  const path = await objectPath(api, object);
  const dry = dryRun ? '&dryRun=All' : '';
  return api.request('PATCH', `${path}?fieldManager=tekton-approvals-setup&force=true${dry}`, {
    body: object,
    contentType: patchTypes.apply,
  });
}

async function objectPath(api: Api, object: KubeObject): Promise<string> {
  const { apiVersion, kind, metadata } = object;
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const resource = await waitFor(() => discover(api, base, kind), {
    what: `the kind ${kind} of ${apiVersion}`,
    limit: 30_000,
    signal: api.signal,
  });
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${base}${namespace}/${resource.name}/${encodeURIComponent(metadata.name)}`;
}

const discovered = new WeakMap<Api, Map<string, Resource>>();

async function discover(api: Api, base: string, kind: string): Promise<Resource | undefined> {
  const known = discovered.get(api) ?? new Map<string, Resource>();
  discovered.set(api, known);
  const key = `${base}/${kind}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const list = await api.request<{ resources: Resource[] }>('GET', base);
  const resource = list.resources.find((entry) => entry.kind === kind && !entry.name.includes('/'));
  if (resource !== undefined) known.set(key, resource);
  return resource;
}

type Definition = { status?: { conditions?: { type: string; status: string }[] } };

async function established(api: Api, name: string): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  await waitFor(
    async () => {
      const definition = await api.request<Definition>('GET', path);
      return definition.status?.conditions?.some(
        ({ type, status }) => type === 'Established' && status === 'True',
      );
    },
    { what: `the CustomResourceDefinition ${name}`, signal: api.signal },
  );
}

/** Reads one object; undefined where there is none. */
export async function readObject<T = KubeObject>(api: Api, path: string): Promise<T | undefined> {
  try {
    return await api.request<T>('GET', path);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}
