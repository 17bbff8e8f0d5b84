import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';

const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/**
 * The certificate authorities to trust: the usual ones and those of a PEM file, for servers with a certificate of the
 * company's own. Undefined without a file: Node's defaults. Throws where the file cannot be read or holds no
 * certificate, because trusting less than was asked for shows only much later.
 */
export function loadAuthorities(file: string): string[] | undefined {
  if (file === '') return undefined;
  const own = readFileSync(file, 'utf8').match(block);
  if (own === null)
    throw new Error(
      `no certificate in ${file}: expected PEM blocks that begin with -----BEGIN CERTIFICATE-----`,
    );
  return [...getCACertificates('default'), ...own.map((text) => parsed(text, file))];
}

function parsed(text: string, file: string): string {
  try {
    return new X509Certificate(text).toString().trim();
  } catch (error) {
    throw new Error(`a certificate in ${file} cannot be read`, { cause: error });
  }
}
