import { readFileSync } from 'node:fs';
import https from 'node:https';
import readline from 'node:readline';

import { KubeConfig } from '@kubernetes/client-node';
import { load } from 'js-yaml';

/** Any object of the Kubernetes API, as it travels. */
export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    deletionTimestamp?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  [field: string]: unknown;
};

/** One line of a watch. */
export type WatchEvent<T = KubeObject> = { type: string; object: T };

/** An answer of the API server that is not 2xx. `message` is the server's own. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The content types that Kubernetes tells apart in a PATCH. */
export const patchTypes = {
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** What a request carries besides method and path. */
export type RequestOptions = { body?: unknown; contentType?: string; signal?: AbortSignal | undefined };

const requestTimeout = 30_000;

/**
 * The plainest possible client: the set-up of a control plane must not depend on the client it will test. One
 * request per call, no retries; errors are `ApiError` where the server answered, else those of node:https.
 */
export class Api {
  readonly #config: KubeConfig;
  readonly #agent = new https.Agent({ keepAlive: true });
  readonly #groups: readonly string[];

  /** Ends every request that is under way, and refuses those that follow. */
  readonly signal: AbortSignal | undefined;

  /** The cluster and user of the current context of this kubeconfig file. */
  constructor(kubeconfig: string, signal?: AbortSignal) {
    this.signal = signal;
    this.#config = new KubeConfig();
    this.#config.loadFromFile(kubeconfig);
    this.#groups = groupsOf(kubeconfig, this.#config.getCurrentUser()?.name);
  }

  /** The address of the API server. */
  get server(): string {
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error('the kubeconfig names no cluster in its current context');
    return server;
  }

  /** Sends one request and returns the parsed answer; the caller names its shape. */
  async request<T = KubeObject>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(method, path, { ...options, timeout: requestTimeout });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw new ApiError(status, failureText(method, path, text));
    return parse(text);
  }

  /** The events of one watch until the server or the signal ends it. */
  async *watch<T = KubeObject>(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#send('GET', path, { signal });
    if (response.statusCode !== 200)
      throw new ApiError(response.statusCode ?? 0, `watch of ${path} was refused`);
    for await (const line of readline.createInterface({ input: response })) yield JSON.parse(line);
  }

  /** Closes idle connections, so that the process can end. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(
    method: string,
    path: string,
    options: RequestOptions & { timeout?: number },
  ): Promise<AsyncIterable<Buffer> & NodeJS.ReadableStream & { statusCode?: number | undefined }> {
    const { body, contentType = 'application/json', signal = this.signal, timeout } = options;
    const headers: Record<string, string | string[]> = {
      accept: 'application/json',
      'content-type': contentType,
    };
    if (this.#groups.length > 0) headers['impersonate-group'] = [...this.#groups];
    const request: https.RequestOptions = { method, headers };
    await this.#config.applyToHTTPSOptions(request);
    request.agent = this.#agent;
    if (signal !== undefined) request.signal = signal;
    if (timeout !== undefined) request.timeout = timeout;
    return new Promise((resolve, reject) => {
      const outgoing = https.request(new URL(this.server + path), request, resolve);
      outgoing.once('error', reject);
      outgoing.once('timeout', () =>
        outgoing.destroy(new Error(`no answer to ${method} ${path} in ${timeout} ms`)),
      );
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

type UserEntry = { name: string; user?: { 'as-groups'?: string[] } };

/** The groups a kubeconfig acts for; @kubernetes/client-node knows only the user (`as`). */
function groupsOf(kubeconfig: string, user: string | undefined): readonly string[] {
  const file: ReturnType<typeof JSON.parse> = load(readFileSync(kubeconfig, 'utf8'));
  const users: UserEntry[] = file.users ?? [];
  return users.find(({ name }) => name === user)?.user?.['as-groups'] ?? [];
}

/** /readyz and /healthz answer with text; everything else is JSON. */
function parse(text: string): ReturnType<typeof JSON.parse> {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function failureText(method: string, path: string, text: string): string {
  const status: { message?: string } | string = parse(text);
  const message = typeof status === 'object' ? status.message : status;
  return `${method} ${path}: ${message ?? text}`;
}
