import { onTestFinished } from 'vitest';
import { issueCertificate, type CertificateRequest } from '../../test/fakes/certificate.ts';
import { startReceiver, type Receiver, type ReceiverOptions } from '../../test/fakes/receiver.ts';
import { reachOf } from './address.ts';
import type { Network } from './connections.ts';
import { EgressError, type Answer, type Sending } from './egress.ts';
import { createEgress, type EgressSettings, type OpenEgress } from './guard.ts';

export const host = 'hooks.example.com';
const authority = issueCertificate({ commonName: 'authority', authority: true });

export function tlsFor(request: Partial<CertificateRequest> = {}): { cert: string; key: string } {
  return issueCertificate({ commonName: host, hosts: [host], issuer: authority, ...request });
}

export async function receiver(options: ReceiverOptions = { tls: tlsFor() }): Promise<Receiver> {
  const started = await startReceiver(options);
  onTestFinished(() => started.close());
  return started;
}

/** Here 127.0.0.1, where the receivers are, counts as the internet; every other address is what it is. */
export const internet = '127.0.0.1';

export function networkOf(
  ...answers: readonly (readonly string[])[]
): Network & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve: (name) => {
      asked.push(name);
      const found = answers[Math.min(asked.length, answers.length) - 1] ?? [];
      return Promise.resolve(found.map((address) => ({ address })));
    },
    reachOf: (address) => (address === internet ? 'public' : reachOf(address)),
  };
}

export function egress(
  settings: Partial<EgressSettings> = {},
  network: Network = networkOf([internet]),
): OpenEgress {
  const authorities = [authority.cert];
  const usual = { allow: [], proxy: '', noProxy: [], authorities, timeoutMs: 20_000 };
  const made = createEgress({ ...usual, ...settings }, network);
  onTestFinished(() => made.close());
  return made;
}

export const sendingTo = (url: string, rest: Partial<Sending> = {}): Sending => ({
  url,
  headers: { 'content-type': 'application/json' },
  body: '{"text":"hello"}',
  ...rest,
});

export async function failureOf(answer: Promise<Answer>): Promise<EgressError> {
  const error: unknown = await answer.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EgressError)) throw new Error(`no EgressError but ${String(error)}`);
  return error;
}
