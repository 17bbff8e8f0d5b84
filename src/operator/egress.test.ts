import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { openEgress } from './egress.ts';

test.each([
  ['/no/such/file', 'there is no /no/such/file (ENOENT)'],
  ['/dev/null', 'no certificate in /dev/null'],
])('certificate authorities in %s keep the operator from starting, and the setting is named', (file, why) => {
  const configured = readConfig({ TEKTON_APPROVALS_EGRESS_CA_FILE: file });
  if (!configured.ok) throw new Error(JSON.stringify(configured.problems));
  expect(() => openEgress(configured.config)).toThrow(
    `egress.caFile (TEKTON_APPROVALS_EGRESS_CA_FILE): ${why}`,
  );
});
