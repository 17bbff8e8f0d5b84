import {
  readParameters,
  renderProblems,
  type Parameters,
  type Surroundings,
} from '../../src/api/parameters.ts';
import { nobodyKnown } from '../../src/domain/directory.ts';
import type { CustomRun, Param } from '../../src/api/tekton.ts';

import { sha256 } from '../../src/identity/hash.ts';

export { sha256 };

/** A run of the PipelineRun release-7, at its step approve. */
export const surroundings: Surroundings = {
  pipelineRun: { name: 'release-7', uid: 'pr-uid' },
  requester: { name: '', certainty: 'unknown' },
  loginConfigured: false,
  directory: nobodyKnown,
};
export const reference = { apiVersion: 'tekton.automatiko.io/v1beta1', kind: 'ApprovalTask' };

export const params = (given: Record<string, unknown>): Param[] =>
  Object.entries(given).map(([name, value]) => ({ name, value }));

/** A CustomRun with any spec, also one that Tekton's admission would refuse. */
export function runWith(spec: unknown): CustomRun {
  const run: CustomRun = {
    metadata: {
      name: 'release-7-approve',
      namespace: 'team',
      uid: 'run-uid',
      resourceVersion: '1',
      creationTimestamp: '2026-11-20T10:00:00Z',
      labels: { 'tekton.dev/pipelineTask': 'approve' },
    },
    spec: {},
  };
  return Object.assign(run, { spec });
}

/** Reads a run that refers to the kind and carries these params. */
export function read(
  given: Record<string, unknown>,
  rest: object = {},
  around: Partial<Surroundings> = {},
): Parameters {
  const run = runWith({ customRef: reference, params: params(given), ...rest });
  return readParameters(run, { ...surroundings, ...around }, sha256);
}

/** Reads a run that embeds this spec. */
export function embedded(spec: unknown, given: Record<string, unknown> = {}): Parameters {
  const run = runWith({ customSpec: { ...reference, spec }, params: params(given) });
  return readParameters(run, surroundings, sha256);
}

export function accepted(parameters: Parameters): Extract<Parameters, { ok: true }> {
  if (!parameters.ok) throw new Error(renderProblems(parameters.problems));
  return parameters;
}

/** The run's message, or `accepted`. */
export const messageOf = (parameters: Parameters): string =>
  parameters.ok ? 'accepted' : renderProblems(parameters.problems);
