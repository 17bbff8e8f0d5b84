import { utf8Bytes } from '../domain/text.ts';
import type { ApprovalTaskSpec } from './approvaltask.ts';
import { limits } from './limits.ts';

/** What the API server writes for a character that Go's encoding/json escapes (HTMLEscape, control characters): `\u003c`. */
const longestCharacter = 6;

/** Bytes of a value in the API server's store, which holds custom resources as JSON written by Go's encoding/json. */
export function storedBytes(value: unknown): number {
  const json = JSON.stringify(value);
  const escaped = json.replaceAll(/[<>&\u2028\u2029]/gu, '\\u0000');
  return utf8Bytes(escaped);
}

/**
 * Beside spec, names and answers: the joined comments, a message in status and in each of four conditions, the notes,
 * 330 bytes for each notice, an error of 128 characters for some, and what the API server itself adds.
 */
const aside =
  longestCharacter * (limits.joinedCommentBytes + 6 * limits.message) +
  limits.notifications * 330 +
  limits.noticeErrors * longestCharacter * limits.contextName +
  16_384;

/** Field names, times, uids, the digest and the browser's hash of one answer. */
const answerFrame = 700;

/** What the size of a task depends on, beside the texts of its spec. */
export type Growing = Pick<ApprovalTaskSpec, 'strategy' | 'approvers' | 'groups' | 'retries'>;

/** What an ApprovalTask comes to be in the store at most, in bytes: with every answer given, in the longest words. */
export function largestTask(spec: Growing): number {
  const byGroups = spec.groups.length > 0;
  const entries = byGroups ? spec.groups : spec.approvers;
  const names = entries.map(storedBytes);
  const longest = Math.max(0, ...names);
  // A member of a group answers under a name that nobody listed.
  const person = byGroups ? longestCharacter * limits.entry : longest;
  const answer = answerFrame + longestCharacter * limits.comment + longest + 2 * person;
  const attempts = 1 + spec.retries;
  const answers = attempts * (spec.strategy === 'MULTI' ? entries.length : 2);
  // Listed once more each: who is awaited, who cannot be reached, and who approved.
  const all = 2 * names.reduce((sum, bytes) => sum + bytes, 0) + entries.length * person;
  return storedBytes(spec) + all + answers * answer + aside;
}
