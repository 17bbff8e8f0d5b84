import type { OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';

/** One request to the API server, with what no other client here can say. */
export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Acts as this user; `kubeconfig` must be allowed to. */
  readonly as?: { readonly user: string; readonly groups: readonly string[] };
  /** Acts by this bearer token instead of the kubeconfig's user. */
  readonly token?: string;
}

/** The parts of any answer that tests read; which of them is there depends on what was asked. */
interface RawBody {
  kind?: string;
  message?: string;
  metadata: { name: string; uid: string; resourceVersion: string; labels: Record<string, string> };
  spec: unknown;
  status: {
    token: string;
    outcome: string;
    conditions: { type: string }[];
    notifications: { id: string }[];
  };
  items: RawBody[];
  resources: { name: string; shortNames?: string[] }[];
  columnDefinitions: { name: string }[];
  rows: { cells: unknown[] }[];
}

export interface RawAnswer {
  readonly status: number;
  /** The message of a Status, else empty. */
  readonly message: string;
  readonly body: RawBody;
}

export const mergePatch = 'application/merge-patch+json';
export const applyPatch = 'application/apply-patch+yaml';
export const jsonPatch = 'application/json-patch+json';

/** Sends one request and returns whatever came back: here a refusal is what is tested. */
export async function send(kubeconfig: string, request: RawRequest): Promise<RawAnswer> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const headers = headersOf(request);
  const options: https.RequestOptions = { method: request.method ?? 'GET', headers };
  await config.applyToHTTPSOptions(options);
  // A token replaces the user's own credentials.
  if (request.token !== undefined) {
    headers['Authorization'] = `Bearer ${request.token}`;
    Object.assign(options, { headers, cert: undefined, key: undefined });
  }
  const url = new URL((config.getCurrentCluster()?.server ?? '') + request.path);
  return new Promise((resolve, reject) => {
    const outgoing = https.request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(answerOf(response.statusCode ?? 0, text)));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(request.body === undefined ? undefined : JSON.stringify(request.body));
  });
}

function headersOf(request: RawRequest): OutgoingHttpHeaders {
  const { contentType = 'application/json', accept = 'application/json', as } = request;
  return {
    accept,
    'content-type': contentType,
    ...(as && { 'Impersonate-User': as.user, 'Impersonate-Group': [...as.groups] }),
  };
}

function answerOf(status: number, text: string): RawAnswer {
  const body: RawBody = JSON.parse(text);
  return { status, body, message: body.kind === 'Status' ? (body.message ?? '') : '' };
}
