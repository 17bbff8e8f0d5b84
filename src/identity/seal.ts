import type { ApprovalDecisionSpec, DecisionSeal } from '../api/approvaldecision.ts';
import { canonicalJson } from '../domain/canonical.ts';
import { prove, proves, type KeyRing } from './keyring.ts';

/** A decision as the seal covers it: where it lies and all that it says. */
export interface Sealable {
  readonly namespace: string;
  readonly name: string;
  readonly spec: ApprovalDecisionSpec;
}

/** From which link and browser an answer came. */
export interface Provenance {
  readonly linkGeneration: number;
  /** Hash of the browser's own cookie. */
  readonly browser: string;
}

/** Seals an answer that came through the operator's own form, so that nobody else can make or alter one. */
export function sealDecision(ring: KeyRing, decision: Sealable, provenance: Provenance): DecisionSeal {
  return { ...provenance, mac: prove(ring, 'seal', covered(decision, provenance)) };
}

/** Whether the answer carries a seal over exactly what it says, in the place where it lies. */
export function checkSeal(ring: KeyRing, decision: Sealable): 'valid' | 'invalid' {
  const { seal } = decision.spec;
  if (seal === undefined) return 'invalid';
  const text = covered(decision, seal);
  return proves(ring, 'seal', { text, proof: seal.mac }) ? 'valid' : 'invalid';
}

function covered({ namespace, name, spec }: Sealable, { linkGeneration, browser }: Provenance): string {
  const { seal: _itself, ...said } = spec;
  return canonicalJson({ namespace, name, spec: said, linkGeneration, browser });
}
