import type { Assurance, Identity, Proof, Submission } from './approval.ts';
import { refused, type Refused } from './refusal.ts';

/** Who wrote an answer, as far as it is proven. */
export interface Author {
  readonly kind: 'proven';
  readonly identity: Identity;
  readonly assurance: Assurance;
  readonly browser?: string;
}

/** It is not known yet whether the author can be believed. */
export interface Unproven {
  readonly kind: 'unproven';
}

/**
 * The author of an answer. Only the seal or the API server is believed, each for its own channels: an answer that
 * claims to come from a form needs the form's seal, and one that came through Kubernetes cannot borrow another's. What
 * the API server vouches for is a Kubernetes identity, whatever kind the object claims: otherwise one person could pass
 * as two by claiming two kinds.
 */
export function authorOf({ via, proof }: Submission): Author | Unproven | Refused {
  const throughKubernetes = via === 'kubernetes';
  switch (proof.kind) {
    case 'sealed':
      return throughKubernetes ? refused('identityNotProven') : sealedAuthor(proof);
    case 'vouched':
      return throughKubernetes ? vouchedAuthor(proof.identity) : refused('badSeal');
    case 'badSeal':
      return refused('badSeal');
    case 'notProven':
      return refused('identityNotProven');
    case 'unknown':
      return { kind: 'unproven' };
    default:
      return proof satisfies never;
  }
}

function sealedAuthor({ identity, assurance, browser }: Extract<Proof, { kind: 'sealed' }>): Author {
  return { kind: 'proven', identity, assurance, ...(browser !== undefined && { browser }) };
}

function vouchedAuthor(identity: Identity): Author {
  return {
    kind: 'proven',
    identity: { ...identity, kind: 'kubernetes', issuer: '' },
    assurance: 'kubernetes',
  };
}
