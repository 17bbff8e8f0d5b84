import { setTimeout as pause } from 'node:timers/promises';
import { inject } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approvaldecision.ts';
import type { ApprovalTask } from '../../src/api/approvaltask.ts';
import { approvalTasks } from '../../src/api/resources.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { Reflector } from '../../src/kube/reflector.ts';
import { clusterOf } from '../control-plane/kubeconfig.ts';
import { forEachPerson, type Person } from '../control-plane/people.ts';
import type { Send } from '../fakes/form-client.ts';
import type { Mail } from '../fakes/smtp-server.ts';
import { log } from '../faults/proxied-cluster.ts';
import { RecordingProxy } from '../faults/recording-proxy.ts';
import { isTaken, type Write } from '../faults/recorded-write.ts';
import { openGate, type Gate } from '../integration/gate.ts';
import { until } from '../integration/until.ts';
import { Chronicle, type Kill } from './gap.ts';
import { aboutOf, happeningsOf, stepsOf, type Happening } from './protocol.ts';
import { Replica } from './replica.ts';
import { StoppingPoints } from './stopping-point.ts';

/** The Lease's timings, as short as a whole second of its duration allows. */
export const shortestLease = {
  LEASE_LEASE_MS: '1000',
  LEASE_RENEW_DEADLINE_MS: '850',
  LEASE_RETRY_MS: '100',
} as const;

const domain = 'approvals.example.com';

/** A mail that the mail server took, and which process sent it. */
export interface Delivery {
  readonly mail: Mail;
  /** The request. */
  readonly about: string;
  readonly client: string;
  /** When it was taken, in the proxy's count. */
  readonly at: number;
  /** The same by the clock, in milliseconds. */
  readonly time: number;
}

/** One process of the operator. */
export interface Life {
  readonly client: string;
  readonly replica: Replica;
}

/** A moment of a write's way. `lost`: it left the process, and the API server never gets it. */
export type Moment = 'received' | 'lost' | 'answered' | 'passed';
export const moments: readonly Moment[] = ['received', 'lost', 'answered', 'passed'];

interface Strike {
  readonly moment: Moment;
  /** How many writes are still to come to that moment. */
  left: number;
  readonly done: () => void;
}

/**
 * The shipped bundle on a namespace of its own, behind a recording proxy, killed with -9 and started again as a
 * Deployment would. Each process has an address of the API server and a sender's address of its own, so that every
 * write and every mail tells who did it.
 */
export class MortalOperator {
  readonly gate: Gate;
  readonly proxy: RecordingProxy;
  readonly stops = new StoppingPoints();
  /** How long the mail server thinks before it says yes to a mail that it has taken, in milliseconds. */
  mailTakesMs: () => number = () => 0;
  readonly kills: Kill[] = [];
  readonly deliveries: Delivery[] = [];
  readonly shown: Happening[] = [];
  /** Answers that people made themselves, as they were stored. */
  readonly answered: ApprovalDecision[] = [];
  readonly tasks: Reflector<ApprovalTask & KubeObject>;
  /** A client for each person. */
  readonly people: Readonly<Record<Person, KubeClient>>;
  readonly #answers = new Map<string, string>();
  readonly #lives: Life[] = [];
  #strike: Strike | undefined;
  #isClosed = false;

  private constructor(gate: Gate, proxy: RecordingProxy) {
    this.gate = gate;
    this.proxy = proxy;
    this.people = forEachPerson((person) => gate.as(person));
    const follow = { client: gate.admin, log, namespaces: [gate.namespace] };
    this.tasks = new Reflector({ ...follow, type: approvalTasks });
    this.tasks.start();
    proxy.withheld = ({ metadata, spec }) =>
      this.stops.isFrozen(metadata?.name ?? '') || this.stops.isFrozen(spec?.taskRef?.name ?? '');
    proxy.stops = {
      received: (write) => {
        this.stops.approach(this.aboutOf(write), stepsOf(write));
        this.#pass(write, 'received');
        if (this.#pass(write, 'lost')) throw new Error('lost on the way');
      },
      answered: async (write) => {
        this.#pass(write, 'answered');
        await this.#answered(write);
      },
      passed: (write) => void this.#pass(write, 'passed'),
    };
  }

  static async open(settings: Readonly<Record<string, string>>): Promise<MortalOperator> {
    const ready = Promise.withResolvers<MortalOperator>();
    const onMail = async (mail: Mail): Promise<void> => (await ready.promise).#delivered(mail);
    const gate = await openGate({
      standalone: true,
      operator: 'elsewhere',
      mail: { onMail },
      settings: { ...settings, MAIL_AT_ONCE: '50', CONTROLLER_AT_ONCE: '64' },
    });
    const proxy = await RecordingProxy.start(clusterOf(inject('controlPlane').kubeconfig));
    const operator = new MortalOperator(gate, proxy);
    await gate.allow(
      'people',
      Object.keys(operator.people).map((name) => ({ kind: 'User', name })),
    );
    await operator.tasks.whenSynced();
    ready.resolve(operator);
    return operator;
  }

  /** The process that was started last. */
  get life(): Life {
    const last = this.#lives.at(-1);
    if (last === undefined) throw new Error('the operator was never started');
    return last;
  }

  /** Everything that its processes have printed. */
  get lines(): readonly string[] {
    return this.#lives.flatMap(({ replica }) => replica.lines);
  }

  /** The process that sends now: one that was just started does not before it leads, and then the one before it did. */
  get sender(): string {
    const leads = this.#lives.at(-1)?.replica.saysThatItLeads === true;
    return this.#lives.at(leads ? -1 : -2)?.client ?? '';
  }

  /** When a process said that it leads no more, by the clock: on a machine that has much to do, it may not renew in time. */
  lostLeadershipAt(client: string): readonly number[] {
    const life = this.#lives.find((one) => one.client === client);
    return (life?.replica.log ?? []).flatMap(({ msg, time }) =>
      msg.startsWith('no longer leading') ? [Date.parse(time)] : [],
    );
  }

  /** Sends a person's request to the process that is there. */
  readonly send: Send = async (url, init) => this.life.replica.send(url, init);

  /** Starts a new process, and does not wait for it. */
  async start(): Promise<Life> {
    const client = `p${String(this.#lives.length + 1)}`;
    const { proxy } = this;
    const settings = { MAIL_FROM: `${client}@${domain}` };
    const replica = await Replica.start(this.gate, {
      settings,
      server: proxy.urlFor(client),
      caData: proxy.caData,
    });
    const life = { client, replica };
    this.#lives.push(life);
    return life;
  }

  /** Kills it with -9, now. Throws where it ended in any other way. */
  async kill(): Promise<void> {
    const { client, replica } = this.life;
    const { signal, code } = await replica.kill();
    if (signal !== 'SIGKILL')
      throw new Error(
        `${client} ended with ${String(signal ?? code)}:\n${replica.lines.slice(-20).join('\n')}`,
      );
    this.kills.push({ client, at: this.proxy.stamp() });
    this.stops.release();
  }

  /** Kills it at that moment of the nth write from now, and resolves then. One that ended before will never write. */
  async killAtWrite(nth: number, moment: Moment): Promise<void> {
    const struck = new Promise<void>((done) => (this.#strike = { left: nth, moment, done }));
    await Promise.race([struck, this.life.replica.exited]);
    await this.kill();
  }

  /** Whether a kill waited for this moment. The signal is sent before anything else can happen. */
  #pass({ client }: Write, moment: Moment): boolean {
    const strike = this.#strike;
    if (strike?.moment !== moment || client !== this.life.client) return false;
    strike.left -= 1;
    if (strike.left > 0) return false;
    this.#strike = undefined;
    this.life.replica.signal('SIGKILL');
    strike.done();
    return true;
  }

  /** Resolves once the process leads. */
  async leading(): Promise<void> {
    const { replica } = this.life;
    await this.until('it to lead', () => replica.lines.some((line) => line.includes('"msg":"leading"')));
  }

  /** Waits for what the process that was started last must come to; what it said stands in the error. */
  async until(what: string, look: () => boolean): Promise<void> {
    const { replica, client } = this.life;
    await until(what, async () => look()).catch((cause: unknown) => {
      const said = replica.lines.slice(-20).join('\n');
      throw new Error(`${client}: waited in vain for ${what}:\n${said}`, { cause });
    });
  }

  /** A moment's rest for whoever plays a part; throws when the play was broken off. */
  async rest(): Promise<void> {
    if (this.#isClosed) throw new Error('the play was broken off');
    await pause(50);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.life.replica.kill();
    await this.tasks.stop();
    await this.proxy.close();
    await this.gate.close();
  }

  task(name: string): (ApprovalTask & KubeObject) | undefined {
    return this.tasks.get(this.gate.key(name));
  }

  /** To be told of each answer that did not come through the form: its verdict names only itself. */
  noteAnswer({ metadata, spec }: ApprovalDecision): void {
    this.#answers.set(metadata.name, spec.taskRef.name);
  }

  readonly taskOf = (answer: string): string => this.#answers.get(answer) ?? '';

  aboutOf(write: Write): string {
    return aboutOf(write, this.taskOf);
  }

  /** Everything that the operator's processes did, and where they were killed. */
  chronicle(): Chronicle {
    const writes = this.proxy.writes.flatMap((write) => happeningsOf(write, this.taskOf));
    const mails = this.deliveries.map(({ about, client, at }): Happening => ({
      step: 'mail accepted',
      about,
      client,
      asked: at,
      done: at,
    }));
    return new Chronicle([...writes, ...mails, ...this.shown], this.kills);
  }

  async #answered(write: Write): Promise<void> {
    if (!isTaken(write)) return;
    const about = this.aboutOf(write);
    if (write.resource === 'approvaldecisions' && write.verb === 'create' && !write.dryRun)
      this.noteAnswer(write.answer as ApprovalDecision);
    await this.stops.reach(about, stepsOf(write));
  }

  async #delivered(mail: Mail): Promise<void> {
    const client = mail.from.split('@')[0] ?? '';
    const about = requestOf(mail);
    this.deliveries.push({ mail, about, client, at: this.proxy.stamp(), time: Date.now() });
    await pause(this.mailTakesMs());
    this.stops.approach(about, ['mail accepted']);
    await this.stops.reach(about, ['mail accepted']);
  }
}

/** An address for one approver of one request. */
export function addressFor(who: string, request: string): string {
  return `${who}.of.${request}@example.com`;
}

/** The request that a mail is about, told by its recipient. */
function requestOf(mail: Mail): string {
  return /\.of\.(.*)@/u.exec(mail.to[0] ?? '')?.[1] ?? '';
}
