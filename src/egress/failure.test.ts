import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EgressError, Sending } from './egress.ts';
import { failureOf as failureFrom } from './failure.ts';
import { egress, failureOf, host, internet, networkOf, receiver, sendingTo, tlsFor } from './fixture.ts';

const secret = 'T0B0SECRET';
const url = (port: number, scheme = 'https'): string =>
  `${scheme}://${host}:${String(port)}/services/${secret}?sig=${secret}`;
const secretly = (to: string, rest: Partial<Sending> = {}): Sending =>
  sendingTo(to, { headers: { authorization: `Bearer ${secret}` }, body: secret, ...rest });

/** A server in clear that does this with each connection. */
async function rawServer(talk: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined));
    socket.once('data', () => talk(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, internet, resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function failureInClear(talk: (socket: Socket) => void): Promise<EgressError> {
  const to = url(await rawServer(talk), 'http');
  return failureOf(egress({ allow: [host], timeoutMs: 10_000 }).post(secretly(to)));
}

async function nobodyListens(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, internet, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const failures: readonly [what: string, fail: () => Promise<EgressError>, kind: string, message: string][] = [
  [
    'a URL that is none',
    () => failureOf(egress().post(secretly(`https//${secret}`))),
    'refused',
    'what is configured is no URL',
  ],
  [
    'a login in the URL',
    () => failureOf(egress().post(secretly(`https://${secret}:${secret}@${host}/${secret}`))),
    'refused',
    `the URL for ${host} has a user name or password in it`,
  ],
  [
    'a name that leads inside',
    () => failureOf(egress({}, networkOf(['10.0.0.1'])).post(secretly(url(443)))),
    'refused',
    `${host} has an address that is not on the internet, and egress.allow does not name it`,
  ],
  [
    'a header that is no header',
    () => failureOf(egress().post(secretly(url(443), { headers: { 'x-a': `${secret}\n` } }))),
    'refused',
    `the request to ${host} is malformed (UND_ERR_INVALID_ARG)`,
  ],
  [
    'a length that is not that of the body',
    async () => {
      const { port } = await receiver();
      return failureOf(egress().post(secretly(url(port), { headers: { 'content-length': '5' } })));
    },
    'refused',
    `the request to ${host} is malformed (UND_ERR_REQ_CONTENT_LENGTH_MISMATCH)`,
  ],
  [
    'a body that is too large',
    () => failureOf(egress().post(secretly(url(443), { body: secret.repeat(30_000) }))),
    'refused',
    `the request to ${host} is larger than 256 KiB`,
  ],
  [
    'a name without an address',
    () => failureOf(egress({}, networkOf([])).post(secretly(url(443)))),
    'unreachable',
    `the name ${host} has no address`,
  ],
  [
    'a resolver that fails',
    () => {
      const error = Object.assign(new Error(secret), { code: 'ENOTFOUND', hostname: secret });
      const network = { ...networkOf([]), resolve: () => Promise.reject(error) };
      return failureOf(egress({}, network).post(secretly(url(443))));
    },
    'unreachable',
    `the name ${host} cannot be resolved (ENOTFOUND)`,
  ],
  [
    'nobody who listens',
    async () => failureOf(egress().post(secretly(url(await nobodyListens())))),
    'unreachable',
    `no answer from ${host} (ECONNREFUSED)`,
  ],
  [
    'the certificate of another',
    async () => {
      const { port } = await receiver({ tls: tlsFor({ hosts: [`${secret}.example.com`] }) });
      return failureOf(egress().post(secretly(url(port))));
    },
    'unreachable',
    `no secure connection to ${host} (ERR_TLS_CERT_ALTNAME_INVALID)`,
  ],
  [
    'a server that breaks off',
    () => failureInClear((socket) => void socket.destroy()),
    'unreachable',
    `no answer from ${host} (UND_ERR_SOCKET)`,
  ],
  [
    'a server that breaks off in its answer',
    () =>
      failureInClear((socket) => void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n${secret}`)),
    'unreachable',
    `no answer from ${host} (UND_ERR_SOCKET)`,
  ],
  [
    'an answer that is no HTTP',
    () => failureInClear((socket) => void socket.write(`220 ${secret} ESMTP\r\n`)),
    'unreachable',
    `${host} answers with something that is no HTTP (HTTP_PARSER)`,
  ],
  [
    'an answer with endless headers',
    () => failureInClear((socket) => void socket.end(`HTTP/1.1 200 OK\r\nX: ${secret.repeat(9_000)}`)),
    'unreachable',
    `${host} answers with something that is no HTTP (UND_ERR_HEADERS_OVERFLOW)`,
  ],
  [
    'an answer that takes too long',
    async () => {
      const { port } = await receiver({ tls: tlsFor(), answer: (response) => void response.write(secret) });
      return failureOf(egress({ timeoutMs: 300 }).post(secretly(url(port))));
    },
    'timeout',
    `no whole answer from ${host} within 300 ms`,
  ],
];

/** Everything of an error that some log could show. */
function everythingOf(error: Error): string {
  const own = Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]);
  return [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    JSON.stringify(own),
    String(error.cause),
    error.stack,
  ].join('\n');
}

describe('an error', () => {
  it.each(failures)(
    'H65: after %s says what is wrong, and nothing of path, query, headers or body',
    async (...[, fail, kind, message]) => {
      const error = await fail();
      expect(error).toMatchObject({ kind, message });
      expect(everythingOf(error)).not.toContain(secret);
      expect(everythingOf(error)).not.toContain(Buffer.from(secret).toString('base64'));
    },
  );

  it('channel-12: repeats no code that is none, and no message', () => {
    const thrown = [
      new Error(secret),
      Object.assign(new Error(secret), { code: `https://${host}/${secret}` }),
      Object.assign(new Error(secret), { code: 42 }),
      new TypeError(secret, { cause: new Error(secret) }),
      secret,
      null,
    ];
    for (const one of thrown) {
      const error = failureFrom(one, host);
      expect(error).toMatchObject({ kind: 'unreachable', message: `no answer from ${host}` });
      expect(everythingOf(error)).not.toContain(secret);
    }
  });

  it.each([
    ['EAI_AGAIN', 'unreachable', 'cannot be resolved'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unreachable', 'no secure connection'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unreachable', 'no secure connection'],
    ['CERT_HAS_EXPIRED', 'unreachable', 'no secure connection'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'unreachable', 'no secure connection'],
    ['EPROTO', 'unreachable', 'no secure connection'],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', 'in time'],
    ['ETIMEDOUT', 'timeout', 'in time'],
    ['ECONNRESET', 'unreachable', 'no answer'],
    ['ENETUNREACH', 'unreachable', 'no answer'],
  ])('with the code %s is %s: %s', (code, kind, message) => {
    const error = failureFrom(Object.assign(new Error(secret), { code }), host);
    expect(error).toMatchObject({ kind });
    expect(error.message).toContain(message);
    expect(error.message).toContain(`(${code})`);
  });
});
