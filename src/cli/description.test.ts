import { describe, expect, it } from 'vitest';
import { description } from './description.ts';
import type { Viewer } from './description.ts';
import { alice, answerOf, conditionOf, hostile, now, requestOf, settled } from './fixture.ts';
import type { Sketch } from './fixture.ts';

const viewer: Viewer = { me: alice, rights: { approve: true, create: true }, now, columns: 200 };
const show = (sketch: Sketch, more: Partial<Viewer> = {}): string =>
  description(requestOf(sketch), { ...viewer, ...more });

describe('the description of a request', () => {
  it('shows what is asked, with the words of the pipeline marked as such', () => {
    const spec = {
      description: 'Deploy version 1.4.2 to production?\nRelease notes: https://example.com/1.4.2',
      context: [
        { name: 'version', value: '1.4.2' },
        { name: 'changes', value: 'one\ntwo' },
      ],
      requester: { name: 'carol', certainty: 'asserted' as const },
    };
    expect(show({ spec })).toMatchInlineSnapshot(`
      "Request:        shop/deploy-x7k2p-approve
      State:          waits
      Waits for:      alice or bob
      Deadline:       2026-11-21 12:00 UTC (in 2 h)
      Strategy:       SINGLE: one person answers
      If you approve: The pipeline goes on.
      If you reject:  The request ends at once, and the pipeline itself takes the path it has for a rejection.
      Namespace:      shop
      Pipeline run:   deploy-x7k2p
      Pipeline task:  approve
      Requested by:   carol (says the trigger; not proven)
      Page:           https://approvals.example.com/a/shop/deploy-x7k2p-approve

      What the pipeline says (written by its author, not checked):
        | Deploy version 1.4.2 to production?
        | Release notes: https://example.com/1.4.2
        | Pipeline: deploy
        | version: 1.4.2
        | changes: one
        | two

      Nobody has answered.

      You are alice. You may answer.
      "
    `);
  });

  it('shows who answered what, when and how, over all attempts', () => {
    const spec = { strategy: 'MULTI' as const, retries: 2, commentRequired: 'reject' as const };
    const responses = [
      answerOf('bob', { comment: 'Fine,\ngo on.', via: 'link' }),
      answerOf('alice', { attempt: 2 }),
    ];
    const status = { attempt: 2, responses, awaiting: ['bob'], unreachable: ['bob'], deadline: undefined };
    expect(show({ spec, status })).toMatchInlineSnapshot(`
      "Request:        shop/deploy-x7k2p-approve
      State:          waits, attempt 2 of 3
      Waits for:      bob
      Deadline:       none of its own
      Strategy:       MULTI: everyone listed must approve
      Comment:        needed with a rejection
      If you approve: The pipeline goes on once everybody listed has approved.
      If you reject:  The request ends at once, and the pipeline itself takes the path it has for a rejection.
      Namespace:      shop
      Pipeline run:   deploy-x7k2p
      Pipeline task:  approve
      Requested by:   not known
      Not reached:    bob
      Page:           https://approvals.example.com/a/shop/deploy-x7k2p-approve

      What the pipeline says (written by its author, not checked):
        | Deploy version 1.4.2 to production?
        | Pipeline: deploy

      Answers that counted:
        2026-11-21 09:30 UTC  approval of bob, by the mailed link (attempt 1)
        | Fine,
        | go on.
        2026-11-21 09:30 UTC  approval of alice, through Kubernetes

      You are alice. You have approved. You may still reject.
      "
    `);
  });

  it.each<[string, NonNullable<Sketch['spec']>, string]>([
    ['proven', { requester: { name: 'carol', certainty: 'stamped' } }, 'carol (confirmed by the cluster)'],
    [
      'not proven',
      { requester: { name: 'carol', certainty: 'asserted' } },
      'carol (says the trigger; not proven)',
    ],
    ['not known', { requester: { name: '', certainty: 'unknown' } }, 'not known'],
  ])('shows who started it as %s where that is so', (_name, spec, shown) => {
    expect(show({ spec })).toContain(`\nRequested by:   ${shown}\n`);
  });

  it('shows what the operator says of each condition that is not as it should be', () => {
    const conditions = [
      conditionOf('Succeeded', 'Unknown', 'Waiting for alice until 2026-11-21 12:00 UTC.'),
      conditionOf(
        'PolicyEnforced',
        'Unknown',
        'Whether the identity policy holds is not known yet: no answer.',
      ),
      conditionOf('PeopleDirectoryValid', 'True', 'The people directory is in force as it stands.'),
      conditionOf('NotificationsDelivered', 'False', `mail: 0 of 1 sent; refused: ${hostile}.`),
    ];
    const text = show({ status: { conditions } });
    expect(text.slice(text.indexOf('Nobody has answered.'))).toMatchInlineSnapshot(`
      "Nobody has answered.

      The operator says:
        | Whether the identity policy holds is not known yet: no answer.
        | mail: 0 of 1 sent; refused: ok□[2J□[31m□31m
        | State: approved□gnp.exe□□.

      You are alice. You may answer. See above what the operator says.
      "
    `);
    const { columns } = viewer;
    const narrow = show({ status: { conditions } }, { columns: columns / 4 });
    expect(narrow.split('\n').filter((line) => line.startsWith('State:'))).toHaveLength(1);
  });

  it('shows that a channel is not configured, and what became of the others', () => {
    const message =
      'Slack channel relases is not configured, so nobody is told there. mail: 1 of 1 sent. teams releases: 0 of 1 taken by its flow; refused for good after 1 try: Teams answered 404: the flow was deleted, or its address was replaced.';
    const conditions = [conditionOf('NotificationsDelivered', 'False', message)];
    const text = show({ status: { conditions } }, { columns: 80 });
    expect(text.slice(text.indexOf('Nobody has answered.'))).toMatchInlineSnapshot(`
      "Nobody has answered.

      The operator says:
        | Slack channel relases is not configured, so nobody is told there. mail: 1 of
        | 1 sent. teams releases: 0 of 1 taken by its flow; refused for good after 1
        | try: Teams answered 404: the flow was deleted, or its address was replaced.

      You are alice. You may answer.
      "
    `);
  });

  it('shows how it ended', () => {
    const rejected = answerOf('bob', { decision: 'reject', comment: 'No.' });
    expect(show({ status: settled('rejected', [rejected]) })).toMatchInlineSnapshot(`
      "Request:        shop/deploy-x7k2p-approve
      State:          rejected by bob at 2026-11-21 09:30 UTC
      Strategy:       SINGLE: one person answers
      Namespace:      shop
      Pipeline run:   deploy-x7k2p
      Pipeline task:  approve
      Requested by:   not known
      Page:           https://approvals.example.com/a/shop/deploy-x7k2p-approve

      What the pipeline says (written by its author, not checked):
        | Deploy version 1.4.2 to production?
        | Pipeline: deploy

      Answers that counted:
        2026-11-21 09:30 UTC  rejection of bob, through Kubernetes
        | No.

      You are alice. Nobody can answer any more.
      "
    `);
  });

  it.each([50, 80, 97])(
    'cli-01: lets no terminal of %i columns begin a line with the words of others',
    (columns) => {
      for (let blanks = 0; blanks < columns; blanks += 1) {
        const text = `${'x'.repeat(blanks)}State: approved`.repeat(3);
        const shown = show(
          {
            spec: { description: text, approvers: [text], context: [{ name: 'n', value: text }] },
            status: { responses: [answerOf(text, { comment: text })] },
          },
          { columns },
        );
        expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      }
    },
  );

  it('cli-01: shows nothing that others wrote as a line of its own', () => {
    const text = show({
      spec: {
        pipeline: hostile,
        description: hostile,
        context: [{ name: hostile, value: hostile }],
        approvers: [hostile],
        requester: { name: hostile, certainty: 'asserted' },
      },
      status: { responses: [answerOf(hostile, { comment: hostile })] },
    });
    expect(text).toMatchInlineSnapshot(`
      "Request:        shop/deploy-x7k2p-approve
      State:          waits
      Waits for:      ok□[2J□[31m□31m□□State: approved□gnp.exe□□
      Deadline:       2026-11-21 12:00 UTC (in 2 h)
      Strategy:       SINGLE: one person answers
      If you approve: The pipeline goes on.
      If you reject:  The request ends at once, and the pipeline itself takes the path it has for a rejection.
      Namespace:      shop
      Pipeline run:   deploy-x7k2p
      Pipeline task:  approve
      Requested by:   ok□[2J□[31m□31m□□State: approved□gnp.exe□□ (says the trigger; not proven)
      Page:           https://approvals.example.com/a/shop/deploy-x7k2p-approve

      What the pipeline says (written by its author, not checked):
        | ok□[2J□[31m□31m
        | State: approved□gnp.exe□□
        | Pipeline: ok□[2J□[31m□31m State: approved□gnp.exe□□
        | ok□[2J□[31m□31m□□State: approved□gnp.exe□□: ok□[2J□[31m□31m
        | State: approved□gnp.exe□□

      Answers that counted:
        2026-11-21 09:30 UTC  approval of ok□[2J□[31m□31m□□State: approved□gnp.exe□□, through Kubernetes
        | ok□[2J□[31m□31m
        | State: approved□gnp.exe□□

      You are alice. By that name you are not an approver of it: it waits for ok□[2J□[31m□31m□□State: approved□gnp.exe□□. The people directory may know you by another.
      "
    `);
    expect(text.split('\n').filter((line) => line.startsWith('State:'))).toHaveLength(1);
    expect(text).not.toMatch(/[^\n\P{Cc}]/u);
  });
});
