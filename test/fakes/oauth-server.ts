import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the token endpoint says. */
export interface TokenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface OAuthServerOptions {
  readonly clientId: string;
  /** Those that are accepted now; a rotation adds one and removes another. */
  readonly clientSecrets: readonly string[];
  readonly refreshTokens?: readonly string[];
  /** Absent: an hour. */
  readonly lifeSeconds?: number;
  /** Gives a new refresh token each time, and accepts each only once (RFC 9700, 4.14.2). */
  readonly rotates?: boolean;
  /** Takes the place of an answer; `hang` never answers. `count` is from 1. */
  readonly script?: (count: number) => TokenAnswer | 'hang' | undefined;
}

/**
 * A token endpoint on loopback for client credentials (RFC 6749, 4.4) and refresh tokens (6), with the client's identifier
 * and secret in the body (2.3.1) and the errors of 5.2. It takes nothing that differs from those sections.
 */
export interface OAuthServer {
  readonly url: string;
  readonly port: number;
  /** What came, decoded, oldest first. */
  readonly requests: readonly URLSearchParams[];
  /** Access tokens that were given and are still good. */
  readonly tokens: ReadonlySet<string>;
  /** As when their time is over, or somebody takes the consent away. */
  readonly revokeAll: () => void;
  readonly close: () => Promise<void>;
}

type Refusal = readonly [status: number, error: string, sentence: string];

export async function startOAuthServer(options: OAuthServerOptions): Promise<OAuthServer> {
  const requests: URLSearchParams[] = [];
  const tokens = new Set<string>();
  const refreshTokens = new Set(options.refreshTokens);
  const server = createServer((request, response) => {
    void (async () => {
      const body = new URLSearchParams(await text(request));
      requests.push(body);
      const scripted = options.script?.(requests.length);
      if (scripted === 'hang') return;
      const refusal = malformed(request, body) ?? refused(options, refreshTokens, body);
      const answer =
        scripted ?? (refusal ? asError(refusal) : granted(options, { tokens, refreshTokens, body }));
      response.writeHead(answer.status, { 'Cache-Control': 'no-store', ...answer.headers }).end(answer.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  return {
    url: `http://127.0.0.1:${String(port)}/tenant-of-${options.clientId}/oauth2/v2.0/token`,
    port,
    requests,
    tokens,
    revokeAll: () => tokens.clear(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the token server does not listen');
  return address.port;
}

const known = new Set(['grant_type', 'client_id', 'client_secret', 'scope', 'refresh_token']);

function malformed({ method, headers }: IncomingMessage, body: URLSearchParams): Refusal | undefined {
  const names = [...body.keys()];
  // RFC 6749 3.2: parameters must not be included more than once; 2.3: not more than one way to authenticate.
  const isWrong =
    method !== 'POST' ||
    headers['content-type'] !== 'application/x-www-form-urlencoded' ||
    headers.authorization !== undefined ||
    new Set(names).size !== names.length ||
    names.some((name) => !known.has(name) || body.get(name) === '');
  return isWrong ? [400, 'invalid_request', 'The request is malformed.'] : undefined;
}

function refused(
  { clientId, clientSecrets }: OAuthServerOptions,
  refreshTokens: ReadonlySet<string>,
  body: URLSearchParams,
): Refusal | undefined {
  const secret = body.get('client_secret') ?? '';
  if (body.get('client_id') !== clientId || !clientSecrets.includes(secret))
    return [401, 'invalid_client', `AADSTS7000215: Invalid client secret provided: ${secret}`];
  const grant = body.get('grant_type');
  if (grant === 'client_credentials') return undefined;
  if (grant !== 'refresh_token') return [400, 'unsupported_grant_type', 'Only two grants are known.'];
  const isKnown = refreshTokens.has(body.get('refresh_token') ?? '');
  return isKnown ? undefined : [400, 'invalid_grant', 'The refresh token is expired or was revoked.'];
}

function asError([status, error, sentence]: Refusal): TokenAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ error, error_description: sentence }),
  };
}

interface Books {
  readonly tokens: Set<string>;
  readonly refreshTokens: Set<string>;
  readonly body: URLSearchParams;
}

function granted(options: OAuthServerOptions, { tokens, refreshTokens, body }: Books): TokenAnswer {
  const accessToken = `eyJ.${randomBytes(24).toString('base64url')}.${String(tokens.size)}`;
  tokens.add(accessToken);
  const next = options.rotates === true ? randomBytes(16).toString('base64url') : undefined;
  if (next !== undefined) {
    refreshTokens.delete(body.get('refresh_token') ?? '');
    refreshTokens.add(next);
  }
  const answer = {
    token_type: 'Bearer',
    expires_in: options.lifeSeconds ?? 3_600,
    access_token: accessToken,
    ...(next !== undefined && { refresh_token: next }),
  };
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) };
}
