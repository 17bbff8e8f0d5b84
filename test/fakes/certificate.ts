import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate with its key, both as PEM. A self-signed one is trusted by giving `cert` as the CA. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** What a certificate signed by this one needs to know. */
  readonly issuer: { readonly name: Buffer; readonly key: KeyObject };
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Subject's organizations: the groups of a Kubernetes client certificate. */
  readonly organizations?: readonly string[];
  /** Host names and addresses that a server may use it for. Not wildcards; addresses are IPv4. */
  readonly hosts?: readonly string[];
  /** True for a certificate that signs others. */
  readonly authority?: boolean;
  /** Who signs; absent: self-signed. */
  readonly issuer?: Certificate;
  /** Defaults to a day around now. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const day = 86_400_000;

/** Makes an X.509 v3 certificate (RFC 5280) on a fresh P-256 key, for tests and the demo only. */
export function issueCertificate(request: CertificateRequest): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = subject(request);
  const signer = request.issuer?.issuer ?? { name, key: privateKey };
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    // The first byte keeps it positive and without padding.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    signer.name,
    sequence(
      time(request.notBefore ?? new Date(Date.now() - day)),
      time(request.notAfter ?? new Date(Date.now() + day)),
    ),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(request))),
  );
  const signature = sign('sha256', body, signer.key);
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  return {
    cert: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    issuer: { name, key: privateKey },
  };
}

/** One element of DER: tag, length, content (X.690, 8.1). */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...content: Buffer[]): Buffer => der(0x30, ...content);
const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const septets = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) septets.unshift((left & 0x7f) | 0x80);
    return septets;
  });
  return der(0x06, Buffer.from(bytes));
}

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));

function subject(request: CertificateRequest): Buffer {
  const part = (type: string, value: string): Buffer => der(0x31, sequence(oid(type), utf8(value)));
  const organizations = (request.organizations ?? []).map((organization) => part('2.5.4.10', organization));
  return sequence(...organizations, part('2.5.4.3', request.commonName));
}

/** GeneralizedTime would do for every year, but RFC 5280 (4.1.2.5) wants UTCTime up to 2049. */
function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`, 'latin1'));
}

function extensions(request: CertificateRequest): Buffer[] {
  const extension = (type: string, value: Buffer): Buffer => sequence(oid(type), der(0x04, value));
  const yes = der(0x01, Buffer.from([0xff]));
  const constraints = extension('2.5.29.19', sequence(...(request.authority ? [yes] : [])));
  const hosts = (request.hosts ?? []).map((host) =>
    isIP(host) === 4
      ? der(0x87, Buffer.from(host.split('.').map(Number)))
      : der(0x82, Buffer.from(host, 'latin1')),
  );
  return hosts.length === 0 ? [constraints] : [constraints, extension('2.5.29.17', sequence(...hosts))];
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
