import { describe, expect, it } from 'vitest';
import { timestamp } from '../api/time.ts';
import { alice, answerOf, hostile, now, requestOf, settled, start } from './fixture.ts';
import { Listing } from './listing.ts';
import type { Look } from './listing.ts';

const look: Look = { me: alice, now, wide: false, namespaces: false, colours: false };
const late = { deadline: timestamp(start + 30 * 3_600_000) };
const requests = [
  requestOf({ name: 'for-bob', spec: { approvers: ['bob'] } }),
  requestOf({ name: 'approved', status: settled('approved', [answerOf('bob')]) }),
  requestOf({ name: 'mine-later', status: late }),
  requestOf({ name: 'mine' }),
  requestOf({ name: 'my-group', spec: { groups: ['release-managers', 'qa'] }, status: late }),
  requestOf({
    name: 'given',
    spec: { strategy: 'MULTI' },
    status: { responses: [answerOf('alice')], awaiting: ['bob'] },
  }),
  requestOf({ name: 'forever', spec: { approvers: ['bob'] }, status: { deadline: undefined } }),
  requestOf({ name: 'over', status: settled('timedOut') }),
];

describe('a list of requests', () => {
  it('shows first what waits for its reader, soonest first, and what is settled last', () => {
    expect(new Listing(look).render(requests)).toMatchInlineSnapshot(`
      "NAME         STATE           PIPELINE   WAITS FOR                                  DEADLINE                        AGE
      mine         waits for you   deploy     alice or bob                               2026-11-21 12:00 UTC (in 2 h)   1 h
      mine-later   waits for you   deploy     alice or bob                               2026-11-22 15:00 UTC (in 1 d)   1 h
      my-group     waits for you   deploy     anyone in release-managers or anyone in…   2026-11-22 15:00 UTC (in 1 d)   1 h
      for-bob      waits           deploy     bob                                        2026-11-21 12:00 UTC (in 2 h)   1 h
      given        waits           deploy     bob                                        2026-11-21 12:00 UTC (in 2 h)   1 h
      forever      waits           deploy     bob                                        -                               1 h
      approved     approved        deploy     -                                          -                               1 h
      over         timed out       deploy     -                                          -                               1 h
      "
    `);
  });

  it('shows more where more is asked for', () => {
    const wide = { ...look, wide: true, namespaces: true };
    const asked = { requester: { name: 'carol', certainty: 'stamped' as const } };
    expect(new Listing(wide).render([requestOf({ spec: asked })])).toMatchInlineSnapshot(`
      "NAMESPACE   NAME                   STATE           PIPELINE   WAITS FOR      DEADLINE                        AGE   RUN            TASK      STRATEGY   ANSWERS   REQUESTER   DESCRIPTION
      shop        deploy-x7k2p-approve   waits for you   deploy     alice or bob   2026-11-21 12:00 UTC (in 2 h)   1 h   deploy-x7k2p   approve   SINGLE     0 of 2    carol       Deploy version 1.4.2 to production?
      "
    `);
  });

  it.each([
    ['as it is where the API server saw it', 'carol', 'stamped', 'carol'],
    ['as not proven where a trigger says it', 'carol', 'asserted', 'carol (not proven)'],
    ['as not proven where it is long', 'c'.repeat(60), 'asserted', `${'c'.repeat(39)}… (not proven)`],
    ['not at all where it is not known', '', 'unknown', '-'],
  ] as const)('shows the name of whoever started a run %s', (...[, name, certainty, shown]) => {
    const request = requestOf({ spec: { requester: { name, certainty } } });
    const [header = '', row = ''] = new Listing({ ...look, wide: true }).render([request]).split('\n');
    const [from, to] = [header.indexOf('REQUESTER'), header.indexOf('DESCRIPTION')];
    expect(row.slice(from, to).trimEnd()).toBe(shown);
  });

  it('cli-01: keeps its columns whatever others have written', () => {
    const written = requestOf({
      name: 'hostile',
      spec: { pipeline: hostile, approvers: ['版本', `x${hostile}`], description: hostile },
    });
    const shown = new Listing({ ...look, wide: true }).render([written, requestOf()]);
    expect(shown).toMatchInlineSnapshot(`
      "NAME                   STATE           PIPELINE                         WAITS FOR                                  DEADLINE                        AGE   RUN            TASK      STRATEGY   ANSWERS   REQUESTER   DESCRIPTION
      deploy-x7k2p-approve   waits for you   deploy                           alice or bob                               2026-11-21 12:00 UTC (in 2 h)   1 h   deploy-x7k2p   approve   SINGLE     0 of 2    -           Deploy version 1.4.2 to production?
      hostile                waits           ok□[2J□[31m□31m□□State: appro…   版本 or xok□[2J□[31m□31m□□State: approv…   2026-11-21 12:00 UTC (in 2 h)   1 h   deploy-x7k2p   approve   SINGLE     0 of 2    -           ok□[2J□[31m□31m□□State: approved□gnp.exe□□
      "
    `);
    expect(shown.split('\n')).toHaveLength(4);
  });

  it('goes on in the same columns', () => {
    const listing = new Listing(look);
    listing.render([requestOf()]);
    expect(listing.row(requestOf({ status: settled('rejected') }), now)).toMatchInlineSnapshot(`
      "deploy-x7k2p-approve   rejected        deploy     -              -                               1 h
      "
    `);
  });

  it('has a colour for each state where colours are wanted', () => {
    const shown = new Listing({ ...look, colours: true }).render(requests);
    expect(shown).toContain('\u001b[33mwaits for you\u001b[39m');
    expect(shown).toContain('\u001b[32mapproved\u001b[39m     ');
    expect(new Listing(look).render(requests)).not.toContain('\u001b');
  });
});
