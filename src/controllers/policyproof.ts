import * as z from 'zod';
import { policyBindingName, policyName, ruleCodes } from '../api/policy/identity.ts';
import { apiVersion, approvalDecisionKind, policyProofTask } from '../api/names.ts';
import { systemClock } from '../kube/clock.ts';
import { KubeError, isNotFound } from '../kube/error.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import type { ControllerContext } from './context.ts';
import { changeOf, newestOf, type PolicyChange } from './policychange.ts';
import { admissionPolicies, admissionPolicyBindings, approvalDecisions } from '../api/resources.ts';
import type { ProofTally } from './telemetry.ts';

/** Whether the identity policy (src/api/policy/identity.ts) stands behind the Kubernetes answers of a namespace. */
export type ProofState =
  /** Every forgery was refused by its own rule; answers made after that change of the policy are vouched for. */
  | { readonly kind: 'holds'; readonly since: PolicyChange }
  /** A forgery was accepted: nobody vouches for user names here. */
  | { readonly kind: 'broken'; readonly forgery: string }
  /** `retryAfterMs`: the API server asked to be left alone for so long. */
  | { readonly kind: 'unknown'; readonly because: string; readonly retryAfterMs?: number };

/** A decision that nobody may create, and the rule that must refuse it. */
interface Forgery {
  readonly code: string;
  readonly via?: 'link';
  readonly username?: string;
  readonly groups?: readonly string[];
  readonly task?: string;
}

/** In the order of the policy's rules: each passes all the rules before its own (src/api/policy/identity.ts). */
const forgeries: readonly Forgery[] = [
  { code: ruleCodes.channel, via: 'link' },
  { code: ruleCodes.username, username: 'tekton-approvals:forged-user' },
  { code: ruleCodes.groups, groups: ['tekton-approvals:forged-group'] },
  { code: ruleCodes.approve, task: 'tekton-approvals-forged-task' },
  { code: ruleCodes.person },
];

const selfSubjectReview = z.object({
  status: z.object({ userInfo: z.object({ username: z.string().min(1) }) }),
});

type Attempt =
  | { readonly kind: 'refused' }
  | { readonly kind: 'accepted'; readonly code: string }
  | { readonly kind: 'unclear'; readonly because: string; readonly retryAfterMs?: number };

export interface PolicyProofOptions {
  readonly monotonic?: () => number;
  /** Told when a proof came to something else than the one before it in that namespace. */
  readonly onChange?: (namespace: string, state: ProofState) => void;
}

/**
 * The live proof: dry-run forgeries, at once, each expecting its own rule's message. A policy that is absent, not bound, only
 * auditing, or bound elsewhere lets one of them through.
 */
export class PolicyProof {
  readonly #context: Pick<ControllerContext, 'client' | 'log' | 'recorder' | 'telemetry'>;
  readonly #onChange: PolicyProofOptions['onChange'];
  /** This process's own user name, which a forgery must carry to get past the first rule. Asked for once. */
  #username: string | undefined;
  /** Per namespace the proof under way, and the one that begins when it has ended. */
  readonly #running = new Map<string, Promise<ProofState>>();
  readonly #next = new Map<string, Promise<ProofState>>();
  readonly #known = new Map<string, ProofState>();
  /** Per namespace when its last proof began, by the monotonic clock. */
  readonly #tried = new Map<string, number>();
  /** Per namespace what could not be found out, and until when the API server asked not to try again. */
  readonly #asked = new Map<string, { readonly state: ProofState; readonly until: number }>();
  readonly #monotonic: () => number;

  constructor(
    context: Pick<ControllerContext, 'client' | 'log' | 'recorder' | 'telemetry'>,
    options: PolicyProofOptions = {},
  ) {
    this.#context = context;
    this.#onChange = options.onChange;
    this.#monotonic = options.monotonic ?? (() => systemClock.monotonic());
  }

  /** What the last proof in that namespace came to; undefined where none has ended, or it was forgotten. */
  known(namespace: string): ProofState | undefined {
    return this.#known.get(namespace);
  }

  /** When the last proof in each namespace began, by the monotonic clock. */
  tried(): ReadonlyMap<string, number> {
    return this.#tried;
  }

  /** Forgets what was found out in all other namespaces: those that are gone, or all where it says nothing about now. */
  keepOnly(isKept: (namespace: string) => boolean): void {
    for (const namespace of [...this.#tried.keys(), ...this.#known.keys()]) {
      if (isKept(namespace)) continue;
      this.#tried.delete(namespace);
      this.#known.delete(namespace);
    }
  }

  /**
   * Proves it anew. What is under way already says nothing about an answer that came after it began, so whoever asks
   * meanwhile shares the next proof. Never throws: what could not be found out is `unknown`.
   */
  async prove(namespace: string): Promise<ProofState> {
    const running = this.#running.get(namespace);
    if (running === undefined) return this.#start(namespace);
    const next =
      this.#next.get(namespace) ??
      running.then(async () => this.#running.get(namespace) ?? this.#start(namespace));
    this.#next.set(namespace, next);
    return next;
  }

  #tally(): ProofTally {
    const states = [...this.#known.values()];
    const count = (kind: ProofState['kind']): number => states.filter((state) => state.kind === kind).length;
    return { holds: count('holds'), broken: count('broken'), unknown: count('unknown') };
  }

  async #start(namespace: string): Promise<ProofState> {
    this.#next.delete(namespace);
    this.#tried.set(namespace, this.#monotonic());
    const asked = this.#asked.get(namespace);
    if (asked !== undefined && this.#monotonic() < asked.until) return asked.state;
    const fresh = this.#prove(namespace).then((state) => {
      this.#running.delete(namespace);
      this.#noteWait(namespace, state);
      this.#report(namespace, state);
      this.#context.telemetry.proved(state.kind, this.#tally());
      return state;
    });
    this.#running.set(namespace, fresh);
    return fresh;
  }

  /** Whoever asks within that time is told the same, in the same words: the request's status says it, too. */
  #noteWait(namespace: string, state: ProofState): void {
    this.#asked.delete(namespace);
    const ms = state.kind === 'unknown' ? (state.retryAfterMs ?? 0) : 0;
    if (ms > 0) this.#asked.set(namespace, { state, until: this.#monotonic() + ms });
  }

  async #prove(namespace: string): Promise<ProofState> {
    try {
      this.#username ??= await this.#whoAmI();
      const failure = failureOf(
        await Promise.all(forgeries.map(async (forgery) => this.#forge(namespace, forgery))),
      );
      if (failure !== undefined) return failure;
      // Read last: a policy that is mended while it is being tried must not vouch for what it let through before.
      const since = await this.#newestChange();
      return since === undefined
        ? { kind: 'unknown', because: `${policyName} or its binding is missing` }
        : { kind: 'holds', since };
    } catch (error) {
      return { kind: 'unknown', ...reasonOf(error) };
    }
  }

  async #whoAmI(): Promise<string> {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { object } = await this.#context.client.post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      review,
    );
    return selfSubjectReview.parse(object).status.userInfo.username;
  }

  /** When policy or binding last changed: answers older than that were admitted by another policy, or none. */
  async #newestChange(): Promise<PolicyChange | undefined> {
    const [policy, binding] = await Promise.all([
      this.#changed(admissionPolicies, policyName),
      this.#changed(admissionPolicyBindings, policyBindingName),
    ]);
    return policy === undefined || binding === undefined ? undefined : newestOf(policy, binding);
  }

  async #changed(type: ResourceType, name: string): Promise<PolicyChange | undefined> {
    try {
      return changeOf((await this.#context.client.get<KubeObject>(type, name)).object);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #forge(namespace: string, forgery: Forgery): Promise<Attempt> {
    const body = {
      apiVersion,
      kind: approvalDecisionKind,
      metadata: { generateName: 'policy-proof-', namespace },
      spec: {
        taskRef: { name: forgery.task ?? policyProofTask, uid: 'policy-proof' },
        decision: 'approve',
        via: forgery.via ?? 'kubernetes',
        actor: {
          kind: 'kubernetes',
          username: forgery.username ?? this.#username ?? '',
          groups: forgery.groups ?? [],
        },
      },
    };
    try {
      await this.#context.client.create(approvalDecisions, body, { dryRun: true });
      return { kind: 'accepted', code: forgery.code };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.message.includes(forgery.code)) return { kind: 'refused' };
      return { kind: 'unclear', ...reasonOf(error) };
    }
  }

  /** A change of state is one log line, and one Event where answers are refused for it; not one for each answer. */
  #report(namespace: string, state: ProofState): void {
    const before = this.#known.get(namespace);
    this.#known.set(namespace, state);
    if (before?.kind === state.kind) return;
    this.#onChange?.(namespace, state);
    if (state.kind === 'holds')
      this.#context.log.info({ namespace }, 'identity policy proven: Kubernetes answers count');
    else
      this.#context.log.warn(
        { namespace, proof: state },
        'identity policy not proven: Kubernetes answers do not count',
      );
    if (state.kind === 'broken') this.#tell(namespace, state.forgery);
  }

  #tell(namespace: string, forgery: string): void {
    const { group, version, kind } = admissionPolicyBindings;
    this.#context.recorder.event({
      regarding: { apiVersion: `${group}/${version}`, kind, name: policyBindingName, uid: '' },
      type: 'Warning',
      reason: 'ForgeryAccepted',
      action: 'Prove',
      note: `In namespace ${namespace} the API server accepted a forged answer (${forgery}): answers through Kubernetes do not count there until the identity policy is in force again.`,
    });
  }
}

/** One forgery that was accepted is certain, whatever became of the others. Undefined where all were refused. */
function failureOf(attempts: readonly Attempt[]): ProofState | undefined {
  const accepted = attempts.find((attempt) => attempt.kind === 'accepted');
  if (accepted !== undefined) return { kind: 'broken', forgery: accepted.code };
  const unclear = attempts.filter((attempt) => attempt.kind === 'unclear');
  const [first] = unclear.toSorted((a, b) => (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0));
  return first && { ...first, kind: 'unknown' };
}

function reasonOf(error: unknown): { because: string; retryAfterMs?: number } {
  if (!(error instanceof KubeError))
    return { because: error instanceof Error ? error.message : String(error) };
  const { message: because, retryAfterMs } = error;
  return retryAfterMs === undefined ? { because } : { because, retryAfterMs };
}
