import { createHash } from 'node:crypto';
import type { CustomRun } from '../api/tekton.ts';
import { canonicalJson } from '../domain/canonical.ts';

/** sha256 of a text's UTF-8, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Hash over what a run asks: its reference, embedded spec and params. Another value later is drift. */
export function runHash(run: CustomRun): string {
  const { customRef, customSpec, params } = run.spec;
  return sha256(canonicalJson({ customRef, customSpec, params }));
}
