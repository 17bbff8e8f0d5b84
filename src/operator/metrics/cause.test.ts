import { expect, test } from 'vitest';
import { NotLeading } from '../../controllers/context.ts';
import { KubeError } from '../../kube/error.ts';
import { causeOfError, causeOfRestart } from './cause.ts';

test.each<[string, unknown, string]>([
  ['no whole answer', new KubeError('reset', { status: 0 }), 'unreachable'],
  ['403', new KubeError('no', { status: 403 }), 'forbidden'],
  ['404', new KubeError('no', { status: 404 }), 'refused'],
  ['409', new KubeError('no', { status: 409 }), 'conflict'],
  ['422', new KubeError('no', { status: 422 }), 'refused'],
  ['429', new KubeError('no', { status: 429 }), 'throttled'],
  ['500', new KubeError('no', { status: 500 }), 'serverError'],
  ['503', new KubeError('no', { status: 503 }), 'serverError'],
  ['a lost Lease', new NotLeading(), 'notLeading'],
  ['what should not happen', new TypeError('x'), 'fault'],
  ['what is no error', 'mallory', 'fault'],
])('a reconcile that fails by %s', (_, error, cause) => {
  expect(causeOfError(error)).toBe(cause);
});

test.each([
  ['closed', 'closed'],
  ['Timeout', 'silent'],
  ['broken', 'broken'],
  ['410', 'expired'],
  ['429', 'throttled'],
  ['403', 'refused'],
  ['504', 'serverError'],
  ['', 'broken'],
  ['mallory 500"} 1', 'broken'],
])('a watch that ends by %j', (why, cause) => {
  expect(causeOfRestart(why)).toBe(cause);
});
