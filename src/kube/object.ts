/** Names one kind of object at the API server. `group` is the empty string for the core group. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Points from an object to the one it is garbage-collected with. */
interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** metadata as the API server sends it (ObjectMeta of the Kubernetes API); times are RFC 3339. */
interface ObjectMeta {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
}

/** Any object read from the API server. Items of a list carry neither apiVersion nor kind for built-in kinds. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

type NewMeta = Partial<ObjectMeta> & { generateName?: string };

/** An object about to be created: what the server fills in is not there yet. */
export type DeepInput = ({ metadata: NewMeta } & object) | { metadata: NewMeta; [field: string]: unknown };

/** `namespace/name`, or `name` alone for what has no namespace. */
export type Key = string;

/** The key of an object, or of a namespace and name. */
export function keyOf(named: KubeObject | { namespace?: string; name: string }): Key {
  const { namespace, name } = 'metadata' in named ? named.metadata : named;
  return namespace ? `${namespace}/${name}` : name;
}

/** The parts of a key; the namespace is empty where there is none. */
export function splitKey(key: Key): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: '', name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** `v1` or `group/version`, as it stands in an object's apiVersion. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
