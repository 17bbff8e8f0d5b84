import type { KubeClient } from '../../src/kube/client.ts';
import { leaseType, type Lease } from '../../src/kube/lease.ts';
import { operatorNamespace } from '../../test/control-plane/installation.ts';

/** An operator that leads already would do the work of the one that is to be shown. Throws one sentence then. */
export async function mustBeAlone(client: KubeClient): Promise<void> {
  const { items } = await client.list<Lease>(leaseType, {
    namespace: operatorNamespace,
    fieldSelector: `metadata.name=${operatorNamespace}`,
  });
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = items[0]?.spec ?? {};
  const expires = Date.parse(renewTime) + leaseDurationSeconds * 1000;
  if (holderIdentity === '' || !(expires > client.serverNow())) return;
  throw new Error(
    `An operator leads in this cluster already (${holderIdentity}): this needs a cluster without.`,
  );
}
