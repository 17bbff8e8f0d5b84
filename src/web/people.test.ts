import { afterEach, beforeEach, expect, it } from 'vitest';
import { startSite, type FakeBrowser, type FakeSite } from '../../test/fakes/fake-browser.ts';
import { ann } from '../../test/fakes/fake-cluster.ts';
import { directoryOf, type Directory } from '../domain/directory.ts';
import { knownAs } from '../domain/fixture.ts';

const annie = knownAs('annie', {
  displayName: 'Ann <b>Bold</b>',
  emails: [ann, 'annie@example.com'],
  kubernetesUsers: ['u1'],
});
const ben = knownAs('ben', { emails: ['ben@example.com'] });
const directory = directoryOf({
  persons: [annie, ben],
  groups: [{ name: 'ops', members: ['annie', 'ben'] }],
});
const shown = 'Ann &lt;b>Bold&lt;/b> (annie)';

let site: FakeSite;
let browser: FakeBrowser;

beforeEach(async () => {
  site = await startSite();
  site.cluster.directory = directory;
  browser = site.browser();
});
afterEach(async () => site.close());

it('pages show the display name with the handle, escaped', async () => {
  site.cluster.addTask({ strategy: 'FOUR_EYES', approvers: [ann, 'ben'] });
  const form = await browser.open(site.cluster.link(ann));
  expect(form.body).toContain(shown);
  expect(form.body).not.toContain('<b>');
  expect((await browser.answer(form)).body).toContain(shown);
  const second = await site.browser().open(site.cluster.link('ben'));
  expect(second.body).toContain(shown);
});

it('a member of a group answers by a link of their own, recorded as that member', async () => {
  const { cluster } = site;
  cluster.addTask({ strategy: 'FOUR_EYES', groups: ['ops'] });
  const form = await browser.open(cluster.link({ entry: 'ops', member: 'annie' }));
  expect((await browser.answer(form)).status).toBe(200);
  const other = site.browser();
  const second = await other.open(cluster.link({ entry: 'ops', member: 'ben' }));
  expect((await other.answer(second)).status).toBe(200);
  expect(cluster.task().status).toMatchObject({
    outcome: 'approved',
    responses: [
      { entry: 'ops', person: 'annie', mapped: true, identity: { kind: 'link', subject: 'annie' } },
      { entry: 'ops', person: 'ben', mapped: true, identity: { kind: 'link', subject: 'ben' } },
    ],
  });
});

it('one member sees no verdict on the answer of another, although both answer for one group', async () => {
  const { cluster } = site;
  cluster.judging = false;
  cluster.addTask({ groups: ['ops'] });
  const theirs = await browser.answer(await browser.open(cluster.link({ entry: 'ops', member: 'annie' })));
  const answer = /answers\/(form-[\da-f]{40})/u.exec(theirs.body)?.[1] ?? '';
  expect(answer).not.toBe('');
  const other = site.browser();
  const { path } = await other.open(cluster.link({ entry: 'ops', member: 'ben' }));
  expect((await other.get(`${path}/answers/${answer}`)).status).toBe(404);
});

it.each<[string, Directory | undefined, number]>([
  [
    'left the group',
    directoryOf({ persons: [annie, ben], groups: [{ name: 'ops', members: ['ben'] }] }),
    404,
  ],
  ['is in no directory any more', directoryOf({ persons: [], groups: [] }), 404],
])('the link of a member who %s is dead', async (_what, later, status) => {
  const { cluster } = site;
  cluster.addTask({ groups: ['ops'] });
  const link = cluster.link({ entry: 'ops', member: 'annie' });
  const form = await browser.open(link);
  if (later !== undefined) cluster.directory = later;
  expect((await browser.get(link)).status).toBe(status);
  expect((await browser.answer(form)).status).toBe(410);
  expect(cluster.created).toEqual([]);
});

it('while it is not known who is who no page is shown and no answer taken', async () => {
  const { cluster } = site;
  cluster.addTask({ approvers: [ann] });
  const form = await browser.open(cluster.link(ann));
  cluster.directory = undefined;
  expect((await browser.get(cluster.link(ann))).status).toBe(503);
  expect((await browser.answer(form)).status).toBe(503);
  expect(cluster.created).toEqual([]);
});

it.each([
  ['who is listed by handle', ['annie'], [], ' Annie@Example.com', { entry: 'annie' }],
  ['who is listed by another address', [ann], [], 'annie@example.com', { entry: ann }],
  ['who is a member of a listed group', [], ['ops'], 'ben@example.com', { entry: 'ops', member: 'ben' }],
])('an address is mailed the link of a person %s', async (...[, approvers, groups, address, recipient]) => {
  site.cluster.addTask({ approvers, groups });
  await browser.post('/a/shop/release-approve', { address });
  expect(site.cluster.mails).toEqual([{ task: 'release-approve', ...recipient }]);
});
