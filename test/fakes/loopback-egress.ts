import { createEgress, type OpenEgress } from '../../src/egress/guard.ts';

/** The real way out, which lets requests to servers of this machine through. */
export function loopbackEgress(timeoutMs = 30_000): OpenEgress {
  return createEgress({ allow: ['127.0.0.1'], proxy: '', noProxy: [], timeoutMs });
}
