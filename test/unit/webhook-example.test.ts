import { describe, expect, test } from 'vitest';
import { signatureHeaders } from '../../src/notify/webhook/signature.ts';

/** The parts of examples/webhook that need no cluster. They are plain JavaScript, to be copied. */

type Windows = readonly { from: string; to: string; reason: string }[];
interface Calendar {
  readonly verdictAt: (windows: Windows, now: number) => { decision: string; comment: string };
}
interface Request {
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}
interface Verification {
  readonly isSigned: (request: Request, secrets: readonly string[], now: number) => boolean;
}

const part = async <T>(file: string): Promise<T> =>
  (await import(new URL(`../../examples/webhook/${file}`, import.meta.url).href)) as T;
const { verdictAt } = await part<Calendar>('calendar.mjs');
const { isSigned } = await part<Verification>('signature.mjs');

describe('the change calendar', () => {
  const freeze = { from: '2026-12-19T00:00:00Z', to: '2027-01-04T00:00:00Z', reason: 'freeze' };

  test.each<[string, Windows, string, string]>([
    ['before a freeze', [freeze], '2026-12-18T23:59:59Z', 'approve'],
    ['as a freeze begins', [freeze], '2026-12-19T00:00:00Z', 'reject'],
    ['within a freeze', [freeze], '2026-12-25T12:00:00Z', 'reject'],
    ['as a freeze ends', [freeze], '2027-01-04T00:00:00Z', 'approve'],
    ['without any freeze', [], '2026-12-25T12:00:00Z', 'approve'],
    ['with a freeze that cannot be read', [{ ...freeze, from: 'soon' }], '2026-11-01T00:00:00Z', 'reject'],
  ])('decides %s', (...[, windows, at, decision]) => {
    expect(verdictAt(windows, Date.parse(at))).toMatchObject({ decision });
  });
});

describe('the verification', () => {
  const [older, newer, foreign] = [1, 2, 3].map(
    (byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`,
  ) as [string, string, string];
  const now = Date.UTC(2026, 10, 21);
  const request = (body = '{}', at = now): Request => {
    const signed = { id: 'a1', seconds: at / 1000, body };
    return { headers: signatureHeaders(signed, [newer, older]), body: Buffer.from(body) };
  };

  test.each([
    ['the newer secret', [newer]],
    ['the older secret', [older]],
    ['one of its secrets', [foreign, older]],
  ])('takes what is signed with %s', (_what, secrets) => {
    expect(isSigned(request(), secrets, now)).toBe(true);
  });

  test.each([
    ['is signed with another secret', request(), [foreign]],
    ['was changed on the way', { ...request(), body: Buffer.from('{"x":1}') }, [older]],
    ['is six minutes old', request('{}', now - 360_000), [older]],
    ['comes from six minutes ahead', request('{}', now + 360_000), [older]],
    ['has no signature', { headers: {}, body: Buffer.from('{}') }, [older]],
    ['is under another id', { ...request(), headers: { ...request().headers, 'webhook-id': 'b2' } }, [older]],
  ])('refuses what %s', (_what, given, secrets) => {
    expect(isSigned(given, secrets, now)).toBe(false);
  });
});
