import type { ApprovalTask } from '../api/approvaltask.ts';
import type { ChannelWay } from '../api/channels.ts';
import type { Recipient } from '../domain/recipient.ts';

/** Ways by which people and systems are told. */
export type Channel = 'mail' | ChannelWay;

/** What a notice says. */
export type NoticeKind =
  /** An answer is asked for. */
  | 'requested'
  /** A second person of FOUR_EYES is asked. */
  | 'secondStepRequested'
  /** Again, to those who have not answered. */
  | 'reminder'
  /** Somebody answered; told to systems alone. */
  | 'responded'
  /** Approved or rejected. */
  | 'decided'
  | 'timedOut'
  | 'cancelled';

/** One message owed to one recipient: to a person, or to a channel that the platform configured under a name. */
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
  /** Which one of its kind, from 1, where a kind repeats: reminders, and the answers that are told. */
  readonly ordinal: number;
  /** Somebody who is asked. */
  readonly recipient?: Recipient;
  /** A configured channel, by its name; with a recipient, the app by which that person gets a direct message. */
  readonly target?: string;
  /** Whoever started the run, and is told how it ended. */
  readonly isRequester?: true;
  /**
   * Where it goes: an e-mail address, or a person's id in a chat; empty for a configured channel. No part of what the
   * notice is, so that it may change meanwhile.
   */
  readonly address: string;
  /** The recipient's place in the list, from 1: names people where an address must not stand. 0: is not of the list. */
  readonly place: number;
}

/** Hash of a text, in hex. */
export type Hash = (text: string) => string;

/** A notice before it has its ids. */
export type Owed = Omit<Notice, 'id' | 'threadId'>;

/** Gives a notice its ids. */
export function identified(task: ApprovalTask, owed: Owed, hash: Hash): Notice {
  const { uid } = task.metadata;
  const first: Owed = { ...owed, attempt: 1, step: 1, kind: 'requested', ordinal: 1 };
  return { ...owed, id: hash(identity(uid, owed)), threadId: hash(identity(uid, first)) };
}

/** A person is named by handle, so that ids stay the same when the directory learns of another address. */
function identity(uid: string, owed: Owed): string {
  const { attempt, kind, step, ordinal, channel } = owed;
  return JSON.stringify([uid, attempt, kind, step, ordinal, channel, ...namesOf(owed)]);
}

function namesOf({ recipient, target, isRequester }: Owed): readonly unknown[] {
  const named = target === undefined ? [] : [{ target }];
  if (isRequester === true) return [...named, { isRequester }];
  if (recipient === undefined) return named;
  const { entry, member } = recipient;
  return member === undefined ? [...named, entry] : [...named, entry, member];
}
