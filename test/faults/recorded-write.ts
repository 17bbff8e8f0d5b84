/** The verbs that change something, as RBAC names them. */
const verbs: Readonly<Record<string, Verb>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
export type Verb = 'create' | 'update' | 'patch' | 'delete';

/** Where a request of the Kubernetes API goes. Parts that it does not name are empty. */
export interface Place {
  readonly group: string;
  /** Plural. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty where one is created. */
  readonly name: string;
}

/** A request that would change something, as it went through the proxy. */
export interface Write extends Place {
  /** Which client sent it, by the address that it was told. */
  readonly client: string;
  readonly verb: Verb;
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly body: unknown;
  /** When it came, in the proxy's own count. */
  readonly receivedAt: number;
  /** Of the API server's answer; undefined where there was none. */
  status?: number;
  answer?: unknown;
  /** When the API server's answer came. */
  answeredAt?: number;
  /** When that answer was passed on to the client. */
  passedAt?: number;
}

/** Undefined for a request that only reads. */
export function verbOf(method: string): Verb | undefined {
  return verbs[method];
}

const path =
  /^\/api(?:s\/(?<group>[^/]+))?\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+)(?=\/))?\/(?<resource>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<subresource>[^/]+))?$/u;

/** Reads a path such as /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE. */
export function placeOf(pathname: string): Place {
  const nowhere = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  const found = Object.entries(path.exec(pathname)?.groups ?? {}).filter(([, part]) => part !== undefined);
  return { ...nowhere, ...Object.fromEntries(found) };
}

/** Whether the API server took it. */
export function isTaken({ status }: Write): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
