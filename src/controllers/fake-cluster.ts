import { pino, type Logger } from 'pino';
import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { policyBindingName, policyName } from '../api/policy/identity.ts';
import type { CustomRun } from '../api/tekton.ts';
import { timestamp } from '../api/time.ts';
import type { Rules } from '../domain/approval.ts';
import { nobodyKnown, type Directory } from '../domain/directory.ts';
import { openRules, start } from '../domain/fixture.ts';
import type { KeyRing } from '../identity/keyring.ts';
import { Cache, type Change, type IndexFunction } from '../kube/cache.ts';
import { KubeError } from '../kube/error.ts';
import { keyOf, type Key, type KubeObject, type ResourceType } from '../kube/object.ts';
import type { RecordedEvent } from '../kube/recorder.ts';
import { indexes, keepCustomRun, pipelineRunKey, taskKeyOf, type Caches } from './caches.ts';
import type { CustomRunContext } from './customrun.ts';
import { DecisionLists } from './decisionlist.ts';
import { key, namespace, ring } from './fixture.ts';
import { PolicyProof } from './policyproof.ts';
import { RefusalTrail } from './refusaltrail.ts';
import { admissionPolicies, admissionPolicyBindings } from '../api/resources.ts';
import type { ApprovalTaskContext } from './taskfacts.ts';
import { noTelemetry, type Telemetry } from './telemetry.ts';
import { Written } from './written.ts';

/** A cache that the test's cluster feeds. */
class FakeReflector<T extends KubeObject> extends Cache<T> {
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly synced = true;
  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }
  tell(changes: readonly Change<T>[]): void {
    for (const change of changes) for (const handler of this.#handlers) handler(change);
  }
}

interface Write {
  readonly verb: 'create' | 'patch' | 'delete';
  readonly plural: string;
  readonly body: unknown;
}

interface Patch {
  readonly metadata: { resourceVersion?: string; labels?: Record<string, string> };
  readonly status?: object;
}

interface Stored extends KubeObject {
  status?: object;
}

const conflict = (reason: string): KubeError => new KubeError(reason, { status: 409, reason });

/** Stores objects as the API server does, behind caches that follow at once unless they are held. */
export class FakeCluster {
  now = start + 10_000;
  cachesFollow = true;
  leading = true;
  keys: KeyRing | undefined = ring;
  directory: Directory | undefined = nobodyKnown;
  directoryFault: string | undefined;
  rules: Rules = openRules;
  readonly writes: Write[] = [];
  refused = 0;
  readonly events: RecordedEvent[] = [];
  readonly logs: string[] = [];
  /** What the controllers told of their work: settled tasks, judged answers, ended runs. */
  readonly told: unknown[] = [];
  /** Called before each call; throws what the call is to fail with. */
  before: (verb: string, plural: string) => void = () => {};
  /** What a dry-run create meets. */
  admit: (object: KubeObject & { spec: unknown }) => void = () => {};
  readonly #objects = new Map<string, Stored>();
  readonly #reflectors = new Map<string, FakeReflector<KubeObject>>();
  #version = 100;

  /** Puts the identity policy in force since a minute before the start: each forgery is refused by its own rule. */
  enforceIdentity(): void {
    const meta = { uid: 'policy-uid', resourceVersion: '1', creationTimestamp: timestamp(start - 60_000) };
    this.put(admissionPolicies, { metadata: { ...meta, name: policyName } });
    this.put(admissionPolicyBindings, { metadata: { ...meta, name: policyBindingName } });
    let tried = 0;
    this.admit = () => {
      const code = ['channel', 'username', 'groups', 'approve', 'person'][tried % 5];
      tried += 1;
      throw new KubeError(`[P1-${code}]`, { status: 422 });
    };
  }

  get(type: ResourceType, at: Key): Promise<{ object: Stored; serverTime: number }> {
    return this.#answer('get', type, () => this.#find(type, at));
  }

  create(type: ResourceType, given: object, options: { dryRun?: boolean } = {}): Promise<{ object: Stored }> {
    return this.#answer('create', type, () => {
      const object = structuredClone(given) as Stored & { spec: unknown };
      if (options.dryRun === true) {
        this.admit(object);
        return object;
      }
      if (this.#objects.has(`${type.plural}/${keyOf(object)}`)) throw conflict('AlreadyExists');
      this.writes.push({ verb: 'create', plural: type.plural, body: given });
      const made = { uid: `made-${this.#version}`, generation: 1, creationTimestamp: timestamp(this.now) };
      return this.put(type, { ...object, metadata: { ...object.metadata, ...made } });
    });
  }

  patch(type: ResourceType, at: Key, given: object): Promise<{ object: Stored }> {
    return this.#answer('patch', type, () => {
      const before = this.#find(type, at);
      const body = structuredClone(given) as Patch;
      if (body.metadata.resourceVersion !== before.metadata.resourceVersion) {
        this.refused += 1;
        throw conflict('Conflict');
      }
      this.writes.push({ verb: 'patch', plural: type.plural, body });
      const labels = { ...before.metadata.labels, ...body.metadata.labels };
      const status = body.status === undefined ? before.status : { ...before.status, ...body.status };
      return this.put(type, {
        ...before,
        metadata: { ...before.metadata, labels },
        ...(status !== undefined && { status }),
      });
    });
  }

  delete(type: ResourceType, at: Key): Promise<{ object: Stored }> {
    return this.#answer('delete', type, () => {
      const object = this.#find(type, at);
      this.writes.push({ verb: 'delete', plural: type.plural, body: undefined });
      this.remove(type, at);
      return object;
    });
  }

  listAll(type: ResourceType): Promise<{ items: Stored[]; serverTime: number }> {
    const inside = [...this.#objects].filter(([place]) => place.startsWith(`${type.plural}/`));
    return Promise.resolve({ items: inside.map(([, object]) => object), serverTime: this.now });
  }

  post(): Promise<{ object: unknown }> {
    return Promise.resolve({ object: { status: { userInfo: { username: 'the-operator' } } } });
  }

  serverNow(): number {
    return this.now;
  }

  /** Somebody's write, not counted. */
  put(type: ResourceType, object: Stored): Stored {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#objects.set(`${type.plural}/${keyOf(stored)}`, stored);
    if (this.cachesFollow) this.#follow(type, stored);
    return stored;
  }

  remove(type: ResourceType, at: Key): void {
    this.#objects.delete(`${type.plural}/${at}`);
    const reflector = this.#reflectors.get(type.plural);
    if (this.cachesFollow) reflector?.tell(reflector.remove(at));
  }

  run(): CustomRun {
    // What is stored under that name.
    return this.#objects.get(`customruns/${key}`) as CustomRun;
  }

  task(): ApprovalTask {
    // What is stored under that name.
    return this.#objects.get(`approvaltasks/${key}`) as ApprovalTask;
  }

  answer(): ApprovalDecision | undefined {
    // What is stored under that name.
    return this.#objects.get(`approvaldecisions/${namespace}/answer`) as ApprovalDecision | undefined;
  }

  /** What every controller of this folder is given. */
  context(): CustomRunContext & ApprovalTaskContext {
    const log: Logger = pino({ level: 'debug' }, { write: (line: string) => this.logs.push(line) });
    // Only what the controllers call.
    const client = this as unknown as ApprovalTaskContext['client'];
    const telemetry: Telemetry = {
      ...noTelemetry,
      settled: (settled) => this.told.push(settled),
      judged: (judged) => this.told.push(judged),
      endedWithoutDecision: (reason) => this.told.push(reason),
    };
    const written = <T extends KubeObject>(): Written<T> => new Written<T>(() => this.now);
    // Only what the controllers call.
    const recorder = {
      event: (event: RecordedEvent) => this.events.push(event),
    } as unknown as ApprovalTaskContext['recorder'];
    return {
      client,
      caches: this.#caches(),
      settings: { rules: this.rules, loginConfigured: false },
      recorder,
      log,
      telemetry,
      keys: () => this.keys,
      directory: () => this.directory,
      directoryFault: () => this.directoryFault,
      isLeader: () => this.leading,
      approvalUrl: () => 'http://approvals.test/a/shop/release',
      unreachable: () => [],
      writtenRuns: written(),
      writtenTasks: written(),
      writtenDecisions: written(),
      refusals: new RefusalTrail(recorder),
      lists: new DecisionLists(client),
      proof: new PolicyProof({ client, log, recorder, telemetry }),
      showOnRun: () => undefined,
      leadingSince: () => start,
    };
  }

  #caches(): Caches {
    const of = <T extends KubeObject>(plural: string, by: Record<string, IndexFunction<T>> = {}): unknown => {
      const reflector = new FakeReflector<T>(by);
      // One kind of object in each.
      this.#reflectors.set(plural, reflector as unknown as FakeReflector<KubeObject>);
      return reflector;
    };
    // Only what the controllers call.
    return {
      customRuns: of<CustomRun>('customruns', {
        [indexes.owner]: (run) => (run.metadata.ownerReferences ?? []).map(({ uid }) => uid),
      }),
      pipelineRuns: of('pipelineruns'),
      tasks: of<ApprovalTask>('approvaltasks', { [indexes.pipelineRun]: pipelineRunKey }),
      decisions: of<ApprovalDecision>('approvaldecisions', { [indexes.task]: (one) => [taskKeyOf(one)] }),
      namespaces: of('namespaces'),
    } as Caches;
  }

  /** Each object of a kind, as a reflector does now and then. */
  tellAgain(type: ResourceType): void {
    const reflector = this.#reflectors.get(type.plural);
    const again = reflector?.all().map((object) => ({ kind: 'updated', object, previous: object }) as const);
    reflector?.tell(again ?? []);
  }

  #follow(type: ResourceType, stored: Stored): void {
    const reflector = this.#reflectors.get(type.plural);
    const kept = type.plural === 'customruns' ? keepCustomRun(stored) : stored;
    const changes = kept === undefined ? reflector?.remove(keyOf(stored)) : reflector?.put(kept);
    reflector?.tell(changes ?? []);
  }

  #find(type: ResourceType, at: Key): Stored {
    const object = this.#objects.get(`${type.plural}/${at}`);
    if (object === undefined) throw new KubeError('not found', { status: 404, reason: 'NotFound' });
    return object;
  }

  async #answer<T>(
    verb: string,
    type: ResourceType,
    act: () => T,
  ): Promise<{ object: T; serverTime: number }> {
    await Promise.resolve();
    this.before(verb, type.plural);
    return { object: act(), serverTime: this.now };
  }
}
