import type { RuleCode } from '../../src/api/policy/guards.ts';
import { at, controlledBy, type Scene, type Sender, type Sent } from './guarded-scene.ts';
import { jsonPatch } from './request.ts';

/** A request that one rule of the guards refuses, and no other. */
export interface Attack {
  readonly title: string;
  readonly sent: (scene: Scene) => Sent;
  /** dave where it is not said: he holds every right in the namespace. */
  readonly by?: (scene: Scene) => Sender;
  /** Tried where runs and requests may be made by hand. */
  readonly standalone?: true;
}

/** Attacks on each rule of a guard, or of all. A rule without an attack does not compile. */
export type AttacksOn<Prefix extends string = string> = Readonly<
  Record<Extract<RuleCode, `${Prefix}-${string}`>, readonly [Attack, ...Attack[]]>
>;

/** The run that most attacks are about, and one whose request is embedded in its pipeline. */
export const run = `${at.customRuns}/release-approve`;
export const embedded = `${at.customRuns}/release-embedded`;

export const drop = (path: string, field: string): Sent => ({
  method: 'PATCH',
  path,
  body: [{ op: 'remove', path: field }],
  contentType: jsonPatch,
});

export const ownedBy = (scene: Scene, name: string): object =>
  controlledBy('tekton.dev/v1', 'PipelineRun', { name, uid: scene.uid(`pipelineruns/${name}`) });
