import type { ApprovalDecision } from '../api/approvaldecision.ts';
import type { ApprovalTask } from '../api/approvaltask.ts';
import { eventReasons } from '../api/names.ts';
import type { Verdict } from '../domain/refusal.ts';
import type { Recorder } from '../kube/recorder.ts';
import { factOfRefusal, subjectsOfTask, tell, type Fact } from './trail.ts';

/** Reasons told of one person, and refusals told of one request, before there is only a count. */
const perPerson = 2;
const perTask = 8;
/** Requests remembered; the oldest are forgotten first. */
const remembered = 1_024;

/** What the others become: one Event, whose series counts them. */
const more: Fact = {
  type: 'Warning',
  reason: eventReasons.refused,
  action: 'Refuse',
  note: 'More answers were refused. The status of each says why.',
};

/**
 * Tells of refused answers, within bounds: whoever may answer at all can send thousands. The same refusal of the same
 * person again only counts up a series (src/kube/recorder.ts). Each answer says in its own status what became of it.
 */
export class RefusalTrail {
  readonly #recorder: Pick<Recorder, 'event'>;
  /** By uid of the task: the codes that were told of each name. */
  readonly #told = new Map<string, Map<string, Set<string>>>();

  constructor(recorder: Pick<Recorder, 'event'>) {
    this.#recorder = recorder;
  }

  refused(
    task: ApprovalTask,
    decision: ApprovalDecision,
    verdict: Extract<Verdict, { verdict: 'refused' }>,
  ): void {
    const isTold = this.#admit(task.metadata.uid, decision.spec.actor.username, verdict.code);
    const fact = isTold ? factOfRefusal(decision, verdict) : more;
    tell({ recorder: this.#recorder }, subjectsOfTask(task), fact);
  }

  /** Whether this refusal is told in words. */
  #admit(task: string, name: string, code: string): boolean {
    const names = this.#namesOf(task);
    const codes = names.get(name) ?? new Set();
    if (codes.has(code)) return true;
    const told = [...names.values()].reduce((sum, each) => sum + each.size, 0);
    if (codes.size >= perPerson || told >= perTask) return false;
    names.set(name, codes.add(code));
    return true;
  }

  #namesOf(task: string): Map<string, Set<string>> {
    const known = this.#told.get(task);
    if (known !== undefined) return known;
    const [oldest] = this.#told.size < remembered ? [] : this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
    const names = new Map<string, Set<string>>();
    this.#told.set(task, names);
    return names;
  }
}
