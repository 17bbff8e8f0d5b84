import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labels } from '../../src/api/names.ts';
import type { Attack } from './attack.ts';
import { attacks, guardsInForce } from './attacks.ts';
import { at, closeScene, foreignRef, openScene, patch, type Scene, type Sender } from './guarded-scene.ts';

/** What the guards stop, with everything that is shipped in force. */

let scene: Scene;
let open: Scene;
beforeAll(async () => {
  [scene, open] = await Promise.all([openScene(), openScene({ [labels.standalone]: 'true' })]);
  await guardsInForce(scene);
});
afterAll(async () => Promise.all([scene, open].map(closeScene)));

async function attempt(attack: Attack, by?: Sender): Promise<{ status: number; message: string }> {
  const place = attack.standalone === true ? open : scene;
  return place.send(by ?? attack.by?.(place) ?? 'dave', attack.sent(place));
}

/** The lines of docs/spec/hostile-inputs.md that the rules of a guard belong to. */
const lines: Readonly<Record<string, string>> = {
  P2: 'editor-17',
  P3: 'H44',
  P4: 'editor-18',
  P5: 'editor-19',
  P6: 'editor-20',
  P7: 'editor-21',
};

describe.each(Object.entries(attacks))('%s stops it when', (code, tried) => {
  const line = lines[code.slice(0, 2)] ?? '';
  const refused = { status: 403, message: expect.stringContaining(`[${code}] `) };

  it.each(tried)(`${line}: $title`, async (attack) => {
    expect(await attempt(attack)).toMatchObject(refused);
  });

  // An editor of the namespace has the right to it, too, where it is about Tekton's own objects and not their status.
  const edits = tried.filter(({ by }) => by === undefined && /^P[45]-(?!status)/u.test(code));
  if (edits.length > 0)
    it(`${line}: an editor tries any of it`, async () => {
      const answers = await Promise.all(edits.map(async (attack) => attempt(attack, 'erin')));
      expect(answers).toEqual(answers.map(() => expect.objectContaining(refused)));
    });
});

describe('what a PipelineRun will do, once it was made', () => {
  it.each([
    ['the pipeline', at.pipelineRuns, { pipelineSpec: { tasks: [{ name: 'other', taskRef: foreignRef }] } }],
    ['the parameters', at.pipelineRuns, { params: [{ name: 'image', value: 'other' }] }],
    ['who runs it', at.pipelineRuns, { taskRunTemplate: { serviceAccountName: 'other' } }],
    ['the parameters, by v1beta1', at.pipelineRunsV1beta1, { params: [{ name: 'image', value: 'other' }] }],
    ['whose it is', at.pipelineRuns, { managedBy: 'example.com/other' }],
  ])('editor-22: is not changed by anybody while it is pending: %s', async (_, place, spec) => {
    for (const name of ['release', 'unstamped'])
      expect(await scene.send('dave', patch(`${place}/${name}`, { spec }))).toMatchObject({
        status: 400,
        message: expect.stringMatching(/only status updates are allowed|managedBy is immutable/u),
      });
  });
});

describe('the spec of an answer and of a request', () => {
  it.each([
    ['decisions', `${at.decisions}/answer`],
    ['tasks', `${at.tasks}/release-approve`],
  ])('is frozen for everybody, its removal included: %s', async (_, place) => {
    for (const spec of [{ comment: 'x', description: 'x' }, null])
      expect(await scene.send('admin', patch(place, { spec }))).toMatchObject({ status: 422 });
  });
});
