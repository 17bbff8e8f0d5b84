import { canonicalJson } from '../domain/canonical.ts';
import { apiVersion, approvalTaskKind, group } from './names.ts';
import { isRecord, quote } from './parameters/problem.ts';
import type { CustomRun } from './tekton.ts';

/** Whether a CustomRun is ours to serve: its reference or embedded spec names our kind exactly. */
type Reference =
  | { readonly kind: 'ours' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unsupported'; readonly message: string };

/**
 * Judges `spec.customRef`, or `spec.customSpec` where there is no reference. The spelling must be exact, as in Tekton's
 * own filter (tektoncd/pipeline pkg/controller/filter.go). Anything else of our group would wait for ever, because no
 * other controller serves it: that is unsupported, and said so.
 */
export function referenceOf(run: CustomRun): Reference {
  const spec: unknown = run.spec;
  if (!isRecord(spec)) return { kind: 'foreign' };
  const named = [spec['customRef'], spec['customSpec']].find(isRecord);
  const given = { apiVersion: named?.['apiVersion'], kind: named?.['kind'] };
  if (given.apiVersion === apiVersion && given.kind === approvalTaskKind) return { kind: 'ours' };
  if (!isOfOurGroup(given.apiVersion)) return { kind: 'foreign' };
  const found = `apiVersion ${shown(given.apiVersion)} and kind ${shown(given.kind)}`;
  return {
    kind: 'unsupported',
    message: `This task refers to ${found}, which is not served. Write apiVersion: ${apiVersion} and kind: ${approvalTaskKind}, exactly so.`,
  };
}

function isOfOurGroup(given: unknown): boolean {
  return typeof given === 'string' && given.split('/')[0]?.trim().toLowerCase() === group;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quote(value) : 'none';
}

/** More levels than any pipeline has use for. The API server stores ten thousand, enough to overflow a call stack. */
const levelsAllowed = 32;

/** What a run asks for, and what may therefore not change while it waits. */
function askedBy(run: CustomRun): Record<string, unknown> {
  const spec: Record<string, unknown> = isRecord(run.spec) ? run.spec : {};
  const { customRef = null, customSpec = null, params = null } = spec;
  return { customRef, customSpec, params };
}

/** Says so where what a run asks for is nested so deeply that it is not read at all; undefined where it is not. */
export function nestedTooDeeply(run: CustomRun): string | undefined {
  if (!exceeds(askedBy(run), levelsAllowed)) return undefined;
  return `is nested more than ${levelsAllowed} levels deep, which is not read`;
}

function exceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => exceeds(item, levels - 1));
}

/** Stands for what is not read: no hash looks like it, so a run that is changed into such a one has drifted. */
const unreadable = 'nested too deeply';

/**
 * Hash over what a run asks for: its reference, embedded spec and params. Another value later is drift, because
 * Tekton's admission lets editors of the namespace change a CustomRun's spec at any time. `digestOf` is sha256 in hex.
 * Never throws, whatever the run holds.
 */
export function runHash(run: CustomRun, digestOf: (text: string) => string): string {
  if (nestedTooDeeply(run) !== undefined) return unreadable;
  return digestOf(canonicalJson(withoutFractions(askedBy(run))));
}

/** An embedded spec may hold any number; a fraction's spelling must not depend on who wrote it out. */
function withoutFractions(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return `number ${value}`;
  if (Array.isArray(value)) return value.map(withoutFractions);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutFractions(item)]));
}
