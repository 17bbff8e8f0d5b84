import { customRuns } from '../../src/api/resources.ts';
import type { CustomRun } from '../../src/api/tekton.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { FormClient } from '../fakes/form-client.ts';
import { linkIn } from '../fakes/mailed-link.ts';
import { until } from '../integration/until.ts';
import type { Dice } from '../tier.ts';
import { MailLedger } from './mail-ledger.ts';
import type { Delivery, MortalOperator } from './mortal-operator.ts';
import { hasForm, Witnesses } from './person.ts';
import { pipelineFaults } from './pipeline-settlement.ts';
import { play } from './play.ts';
import type { Step } from './protocol.ts';
import { kinds, type Kind, type KindName, type Script } from './script.ts';
import {
  differs,
  faultsOf,
  settlementsOf,
  tellingFaults,
  waitingFaultsOf,
  type Settlement,
} from './settlement.ts';

/** How long the last request may take to be settled when nobody is killed any more. */
const endWithinMs = 300_000;

/** Many requests at once, with everybody who answers them, on one operator that is killed again and again. */
export class Drama {
  readonly operator: MortalOperator;
  readonly dice: Dice;
  readonly scripts: Script[] = [];
  readonly witnesses = new Witnesses();
  readonly mail: MailLedger;
  readonly #ended = new Set<string>();
  readonly #over = Promise.withResolvers<void>();

  constructor(operator: MortalOperator, dice: Dice) {
    this.operator = operator;
    this.dice = dice;
    this.mail = new MailLedger(operator);
  }

  /** Begins one more request of that kind, to be stopped at these steps. Returns its name. */
  begin(kind: KindName, ...stops: readonly Step[]): string {
    const kindOf: Kind = kinds[kind];
    const name = `r${String(this.scripts.length + 1)}-${kind.toLowerCase()}`;
    const script: Script = { ...kindOf, name: kindOf.inPipeline === true ? `${name}-approve` : name };
    this.scripts.push(script);
    this.operator.stops.plan(script.name, ...stops);
    void this.#play(script);
    return script.name;
  }

  /** Resolves once everything is settled that nobody holds back, and told on all objects. */
  async calm(): Promise<void> {
    const waits = ({ name, patientAfter }: Script): boolean =>
      patientAfter !== undefined && !this.#ended.has(name);
    await this.#settled(this.scripts.filter((script) => !waits(script)));
    await this.#within('everybody to be told', async () => this.#untoldOf(this.scripts.filter(waits)));
  }

  /** Lets those answer who waited for the end, and resolves when everything is settled. */
  async end(): Promise<void> {
    this.#over.resolve();
    await this.#settled(this.scripts);
  }

  /** Resolves once that request is settled. */
  async ended(name: string): Promise<void> {
    await until(`${name} to be settled`, async () => this.#ended.has(name));
  }

  /** In what requests, and their pipelines, are not as they must be. */
  async faults(): Promise<readonly string[]> {
    return this.#faultsOf(this.scripts);
  }

  /** Requests that were not played to their end. */
  get unfinished(): readonly string[] {
    return this.scripts.filter(({ name }) => !this.#ended.has(name)).map(({ name }) => name);
  }

  async settlements(): Promise<readonly Settlement[]> {
    return settlementsOf(
      this.operator,
      this.scripts.filter(({ mistaken }) => mistaken !== true),
    );
  }

  async untrueTellings(): Promise<readonly string[]> {
    return tellingFaults(this.witnesses.tellings, await this.settlements());
  }

  /** Mails about requests that wait whose link opens no form. */
  async deadLinks(): Promise<readonly string[]> {
    const mails = this.waitingMails();
    const opened = mails.map(async ({ mail, about }) => {
      const page = await new FormClient(this.operator.send).open(linkIn(mail));
      return hasForm(page) ? [] : [`${about}: ${String(page.status)} at the link of ${mail.to.join()}`];
    });
    return (await Promise.all(opened)).flat();
  }

  /** Mails about requests that wait, every copy of them. */
  waitingMails(): readonly Delivery[] {
    const waiting = new Set(this.unfinished);
    return this.operator.deliveries.filter(({ about }) => waiting.has(about));
  }

  /** What is still to be told of requests that wait, and to whom. */
  async #untoldOf(scripts: readonly Script[]): Promise<readonly string[]> {
    const answered = scripts.filter(({ name, patientAfter }) => {
      const { responses = [], notifications = [] } = this.operator.task(name)?.status ?? {};
      return responses.length === patientAfter && notifications.some(({ state }) => state === 'sent');
    });
    if (answered.length < scripts.length) return ['not everybody has answered or was asked'];
    return (await settlementsOf(this.operator, scripts)).flatMap(waitingFaultsOf);
  }

  async #settled(scripts: readonly Script[]): Promise<void> {
    await this.#within('the last request to be settled', async () => this.#leftOf(scripts));
  }

  /** Waits until nothing is left. What is left in the end is not thrown here: the tests name it. */
  async #within(what: string, leftOf: () => Promise<readonly string[]>): Promise<void> {
    let left: readonly string[] = [];
    const isDone = async (): Promise<boolean> => {
      left = await leftOf();
      return left.length === 0;
    };
    await until(what, isDone, endWithinMs).catch(() => {
      this.witnesses.surprises.push(...left.map((fault) => `after all: ${fault}`));
    });
  }

  /** What is still to be done. What cannot be read at the moment may still come. */
  async #leftOf(scripts: readonly Script[]): Promise<readonly string[]> {
    const played = scripts.filter(({ name }) => !this.#ended.has(name));
    if (played.length > 0) return played.map(({ name }) => `${name} is not played to its end`);
    return this.#faultsOf(scripts).catch((error: unknown) => [String(error)]);
  }

  async #faultsOf(scripts: readonly Script[]): Promise<readonly string[]> {
    const settlements = await settlementsOf(
      this.operator,
      scripts.filter(({ mistaken }) => mistaken !== true),
    );
    const runs = await this.operator.gate.all<CustomRun & KubeObject>(customRuns);
    const mistakes = scripts.filter(({ mistaken }) => mistaken === true);
    return [
      ...settlements.flatMap(faultsOf),
      ...(await pipelineFaults(this.operator, settlements)),
      ...mistakes.flatMap(({ name }) => {
        const run = runs.find(({ metadata }) => metadata.name === name);
        return differs(`the reason of ${name}`, run?.status?.conditions?.[0]?.reason, 'InvalidParameters');
      }),
    ];
  }

  async #play(script: Script): Promise<void> {
    const { operator, witnesses } = this;
    try {
      await play({ operator, script, witnesses, over: this.#over.promise });
      this.#ended.add(script.name);
      operator.stops.forget(script.name);
    } catch (error) {
      witnesses.surprises.push(`${script.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
