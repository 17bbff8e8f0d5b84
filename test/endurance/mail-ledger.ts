import type { MortalOperator, Delivery } from './mortal-operator.ts';
import type { Settlement } from './settlement.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { managers } from '../../src/api/names.ts';
import type { NoticeKind } from '../../src/notify/notice.ts';
import { entryOf } from './script.ts';

/** One message that was taken a second time. */
export interface Duplicate {
  readonly id: string;
  readonly first: Delivery;
  readonly again: Delivery;
}

/** What was mailed, held against the kills and against what the operator recorded. */
export class MailLedger {
  readonly #operator: MortalOperator;

  constructor(operator: MortalOperator) {
    this.#operator = operator;
  }

  get duplicates(): readonly Duplicate[] {
    const byId = new Map<string, Delivery[]>();
    for (const delivery of this.#operator.deliveries) {
      const id = idOf(delivery);
      byId.set(id, [...(byId.get(id) ?? []), delivery]);
    }
    return [...byId].flatMap(([id, deliveries]) =>
      deliveries.slice(1).flatMap((again, index) => {
        const first = deliveries[index];
        return first === undefined ? [] : [{ id, first, again }];
      }),
    );
  }

  /** Duplicates whose sender neither died nor lost its leadership between the mail server's yes and the record of it. */
  get unexplained(): readonly string[] {
    return this.duplicates.flatMap(({ id, first, again }) => {
      const recorded = this.#recordOf(id, first.at, again.at);
      const why = [
        ...(this.#wasInterrupted(first, again)
          ? []
          : ['its first sender was neither killed nor deposed before']),
        ...(recorded ? ['the first was recorded as sent before'] : []),
      ];
      return why.map((reason) => `${id}: ${reason}`);
    });
  }

  /**
   * People who should have heard and did not. Whoever was listed in a request is owed a mail in each attempt and step
   * that lasted until somebody could be told, and one about its end; where it ended before that, the record says so.
   */
  missing(settlements: readonly Settlement[]): readonly string[] {
    return settlements.flatMap(({ script, task }) => {
      const addresses = script.parts.filter(({ by }) => by === 'mail').map((part) => entryOf(script, part));
      const records = task.status?.notifications ?? [];
      const unsent = records.filter(
        ({ channel, state, id }) => channel === 'mail' && state === 'sent' && !this.#wasTaken(id),
      );
      // Where time ends it, an operator that is dead all the while owes nothing any more.
      const mustKnow = script.timeout === undefined ? addresses : [];
      const { asking, closing } = this.#mailsAbout(task);
      const left = (deliveries: readonly Delivery[]): readonly string[] =>
        mustKnow.filter((address) => !deliveries.some(({ mail }) => mail.to.includes(address)));
      return [
        ...left(asking).map((address) => `${address} got no mail`),
        ...left(closing).map((address) => `${address} was not told how it ended`),
        ...unsent.map(({ id }) => `${script.name}: notice ${id} counts as sent, and never came`),
      ];
    });
  }

  /**
   * Messages to one person that are no copies of one another, beyond what they are owed: one in each attempt and step, and
   * one about the end.
   */
  surplus(settlements: readonly Settlement[]): readonly string[] {
    return settlements.flatMap(({ script, task }) => {
      const steps = (task.status?.attempt ?? 1) + (script.strategy === 'FOUR_EYES' ? 1 : 0);
      const { asking, closing } = this.#mailsAbout(task);
      return [
        ...tooMany(asking, steps).map((told) => `${told} that ask`),
        ...tooMany(closing, 1).map((told) => `${told} about the end`),
      ];
    });
  }

  /** By what the request itself says of its notices; records of earlier attempts are gone, and those only asked. */
  #mailsAbout({ metadata, status }: ApprovalTask): Record<'asking' | 'closing', readonly Delivery[]> {
    const closings = (status?.notifications ?? []).filter(({ kind }) => closingKinds.has(kind));
    const own = this.#operator.deliveries.filter(({ about }) => about === metadata.name);
    const isClosing = (delivery: Delivery): boolean => closings.some(({ id }) => isOf(delivery, id));
    return { asking: own.filter((one) => !isClosing(one)), closing: own.filter(isClosing) };
  }

  #wasTaken(notice: string): boolean {
    return this.#operator.deliveries.some((delivery) => isOf(delivery, notice));
  }

  /** What is under way when its sender dies may be taken afterwards; whoever stops leading breaks it off. */
  #wasInterrupted(first: Delivery, again: Delivery): boolean {
    const { client } = first;
    const died = this.#operator.kills.some((kill) => kill.client === client && kill.at < again.at);
    const deposed = this.#operator
      .lostLeadershipAt(client)
      .some((time) => time >= first.time - breaksOffMs && time <= again.time);
    return deposed || (died && client !== again.client);
  }

  /** Whether the record of a message as sent was stored between these moments. */
  #recordOf(messageId: string, after: number, before: number): boolean {
    const notice = messageId.slice(1, messageId.indexOf('@'));
    return this.#operator.proxy.writes.some((write) => {
      const at = write.answeredAt ?? Infinity;
      return isTaken(write) && at > after && at < before && saysSent(write, notice);
    });
  }
}

/** How long a message under way may still take once its sender leads no more. */
const breaksOffMs = 8_000;

function saysSent({ fieldManager, body }: Write, notice: string): boolean {
  if (fieldManager !== managers.notifier) return false;
  const { status } = body as { status?: { notifications?: { id: string; state: string }[] } };
  return status?.notifications?.some(({ id, state }) => id === notice && state === 'sent') ?? false;
}

/** Kinds that tell how a request ended. */
const closingKinds: ReadonlySet<string> = new Set<NoticeKind>(['decided', 'timedOut', 'cancelled']);

function isOf(delivery: Delivery, notice: string): boolean {
  return idOf(delivery).startsWith(`<${notice}@`);
}

function tooMany(deliveries: readonly Delivery[], owed: number): readonly string[] {
  const addresses = new Set(deliveries.map(({ mail }) => mail.to.join()));
  return [...addresses].flatMap((address) => {
    const ids = new Set(deliveries.filter(({ mail }) => mail.to.includes(address)).map(idOf));
    return ids.size > owed ? [`${address} got ${String(ids.size)} messages`] : [];
  });
}

function idOf({ mail }: Delivery): string {
  return mail.header('message-id') ?? '';
}
