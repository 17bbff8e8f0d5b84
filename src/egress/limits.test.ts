import { getEventListeners } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { issueCertificate } from '../../test/fakes/certificate.ts';
import { reachOf } from './address.ts';
import type { Network } from './connections.ts';
import { egress, failureOf, host, internet, networkOf, receiver, sendingTo, tlsFor } from './fixture.ts';

describe('TLS', () => {
  const past = new Date(Date.now() - 86_400_000);
  it.each([
    ['of an authority that nobody knows', { issuer: issueCertificate({ commonName: 'x', authority: true }) }],
    ['for another name', { hosts: ['other.example.com'] }],
    ['that has expired', { notBefore: new Date(past.getTime() - 86_400_000), notAfter: past }],
  ])('with a certificate %s sends nothing', async (_what, request) => {
    const { port, received } = await receiver({ tls: tlsFor(request) });
    const error = await failureOf(egress().post(sendingTo(`https://${host}:${String(port)}/`)));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/^no secure connection to hooks\.example\.com \([A-Z_]+\)$/);
    expect(received).toEqual([]);
  });

  it('of a version before 1.2 sends nothing', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    const { port, received } = await receiver({ tls: { ...tlsFor(), ...old } });
    const error = await failureOf(egress().post(sendingTo(`https://${host}:${String(port)}/`)));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(error.message).toContain('no secure connection');
    expect(received).toEqual([]);
  });

  it('is asked for: a server that speaks plain http gets nothing', async () => {
    const { port, received } = await receiver({});
    const error = await failureOf(egress().post(sendingTo(`https://${host}:${String(port)}/`)));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(received).toEqual([]);
  });
});

describe('the limits', () => {
  it('of time hold against a server that never answers', async () => {
    const { port } = await receiver({ tls: tlsFor(), answer: () => undefined });
    const error = await failureOf(
      egress({ timeoutMs: 500 }).post(sendingTo(`https://${host}:${String(port)}/`)),
    );
    expect(error).toMatchObject({ kind: 'timeout', message: `no whole answer from ${host} within 500 ms` });
  });

  it('of time hold against a server that sends a byte now and then, and end the connection', async () => {
    const { port, connections } = await receiver({
      tls: tlsFor(),
      answer: (response) => {
        const timer = setInterval(() => response.write('.'), 50);
        response.on('close', () => clearInterval(timer));
      },
    });
    const error = await failureOf(
      egress({ timeoutMs: 500 }).post(sendingTo(`https://${host}:${String(port)}/`)),
    );
    expect(error.kind).toBe('timeout');
    await expect.poll(() => connections().open, { timeout: 20_000 }).toBe(0);
  });

  it('of time hold against a server that accepts and says nothing', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, internet, resolve));
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const error = await failureOf(
      egress({ timeoutMs: 500 }).post(sendingTo(`https://${host}:${String(port)}/`)),
    );
    expect(error.kind).toBe('timeout');
  });

  it('of time hold against a name that is never resolved', async () => {
    const network: Network = { resolve: () => new Promise(() => undefined), reachOf };
    const error = await failureOf(egress({ timeoutMs: 100 }, network).post(sendingTo(`https://${host}/`)));
    expect(error.kind).toBe('timeout');
  });

  it('channel-03: of work hold against a name that takes long: it is looked up once, however many wait for it', async () => {
    const { port, received } = await receiver();
    const found = Promise.withResolvers<{ address: string }[]>();
    const network = networkOf([internet]);
    const resolve = async (name: string): Promise<readonly { address: string }[]> => {
      await network.resolve(name);
      return found.promise;
    };
    const out = egress({}, { ...network, resolve });
    const url = `https://${host}:${String(port)}/`;
    const answers = Array.from({ length: 5 }, async () => out.post(sendingTo(url)));
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    expect(network.asked).toEqual([host]);
    found.resolve([{ address: internet }]);
    await Promise.all(answers);
    expect(received).toHaveLength(5);
  });

  it('end with the signal while an answer is waited for, and before the request', async () => {
    const stop = new AbortController();
    const { port, received } = await receiver({ tls: tlsFor(), answer: () => stop.abort() });
    const url = `https://${host}:${String(port)}/`;
    const message = `the request to ${host} was stopped`;
    const out = egress();
    expect(await failureOf(out.post(sendingTo(url, { signal: stop.signal })))).toMatchObject({ message });
    expect(await failureOf(out.post(sendingTo(url, { signal: stop.signal })))).toMatchObject({ message });
    expect(received).toHaveLength(1);
  });

  it('end with the signal while a name is resolved', async () => {
    const stop = new AbortController();
    const resolve = (): Promise<never> => {
      stop.abort();
      return new Promise(() => undefined);
    };
    // Longer than this test may take.
    const out = egress({ timeoutMs: 600_000 }, { resolve, reachOf });
    const error = await failureOf(out.post(sendingTo(`https://${host}/`, { signal: stop.signal })));
    expect(error).toMatchObject({ kind: 'timeout', message: `the request to ${host} was stopped` });
  });

  it('leave nothing with a signal that lives on', async () => {
    const { signal } = new AbortController();
    const { port } = await receiver();
    const out = egress();
    await out.post(sendingTo(`https://${host}:${String(port)}/`, { signal }));
    await failureOf(
      out.post(sendingTo(`https://${host}:${String(port)}/`, { signal, headers: { a: '\n' } })),
    );
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('of size cut a long answer, and end the connection', async () => {
    const { port, connections } = await receiver({
      tls: tlsFor(),
      answer: (response) => {
        const more = (): void => {
          while (response.write('é'.repeat(8_192)));
        };
        response.write('a');
        response.on('drain', more);
        more();
      },
    });
    const { body } = await egress().post(sendingTo(`https://${host}:${String(port)}/`));
    // The last character would have had its second byte behind the limit.
    expect(body).toBe(`a${'é'.repeat(32 * 1024 - 1)}`);
    await expect.poll(() => connections().open, { timeout: 20_000 }).toBe(0);
  });

  it('let an answer of 64 KiB through whole', async () => {
    const whole = 'x'.repeat(64 * 1024);
    const { port } = await receiver({ tls: tlsFor(), answer: (response) => response.end(whole) });
    expect((await egress().post(sendingTo(`https://${host}:${String(port)}/`))).body).toBe(whole);
  });
});
