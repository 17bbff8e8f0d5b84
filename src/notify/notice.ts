import type { ApprovalTask } from '../api/approvaltask.ts';
import type { Recipient } from '../domain/recipient.ts';

/** Ways by which people are told. */
export type Channel = 'mail';

/** What a notice says. */
export type NoticeKind = 'requested' | 'secondStepRequested';

/** One message owed to one recipient. */
export interface Notice {
  /** Stable over restarts: the same notice always has the same id. */
  readonly id: string;
  /** Id of the task's first notice to this recipient, to which later ones are attached; the same as `id` for that. */
  readonly threadId: string;
  readonly kind: NoticeKind;
  readonly channel: Channel;
  readonly attempt: number;
  /** 1, or 2 for the second person of FOUR_EYES. */
  readonly step: number;
  readonly recipient: Recipient;
  /** Where it goes: for mail an e-mail address. No part of what the notice is, so that it may change meanwhile. */
  readonly address: string;
  /** Its place in the list, from 1: names the recipient where an address must not stand. */
  readonly place: number;
}

/** Hash of a text, in hex. */
export type Hash = (text: string) => string;

type Owed = Omit<Notice, 'id' | 'threadId'>;

/** Gives a notice its ids. */
export function identified(task: ApprovalTask, owed: Owed, hash: Hash): Notice {
  const { uid } = task.metadata;
  const first: Owed = { ...owed, attempt: 1, step: 1, kind: 'requested' };
  return { ...owed, id: hash(identity(uid, owed)), threadId: hash(identity(uid, first)) };
}

/** Kinds that repeat will count in it; those of today are sent once. */
const ordinal = 1;

/** A person is named by handle, so that ids stay the same when the directory learns of another address. */
function identity(uid: string, { attempt, kind, step, channel, recipient }: Owed): string {
  const { entry, member } = recipient;
  const named = member === undefined ? [entry] : [entry, member];
  return JSON.stringify([uid, attempt, kind, step, ordinal, channel, ...named]);
}
