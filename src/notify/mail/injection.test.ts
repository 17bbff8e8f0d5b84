import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../../test/fakes/certificate.ts';
import type { ApprovalTask } from '../../api/approvaltask.ts';
import { taskOf } from '../fixture.ts';
import { ann, messageTo, noticeTo, startPost, type Post } from './fixture.ts';

const tls = issueCertificate({ commonName: 'mail', hosts: ['127.0.0.1'] });
let post: Post;

beforeEach(async () => {
  post = await startPost({ tls });
});

afterEach(() => post.mailbox.close());

describe('header injection', () => {
  const evil = 'x\r\nBcc: eve@evil.example\r\n\r\n<b>body</b>';

  test('channel-09: CR/LF in what the pipeline wrote and in names adds no header and no recipient', async () => {
    const { mail } = post;
    const spec = taskOf().spec;
    const task: ApprovalTask = {
      ...taskOf(),
      spec: {
        ...spec,
        description: evil,
        pipeline: evil,
        pipelineTask: evil,
        pipelineRun: { name: evil, uid: 'u' },
        requester: { name: evil, certainty: 'asserted' },
        context: [{ name: evil, value: evil }],
      },
    };
    expect(await mail.send(messageTo(ann, task), noticeTo(ann))).toEqual({ kind: 'sent' });
    const received = post.mailbox.messages()[0];
    expect(received?.to).toEqual([ann]);
    expect(received?.parsed.bcc ?? []).toEqual([]);
    expect(received?.parsed.subject).toContain('Approval needed: x Bcc: eve@evil.example');
    expect(received?.parsed.headers.filter(({ key }) => key === 'bcc' || key === 'cc')).toEqual([]);
    expect(received?.parsed.html).not.toContain('<b>');
  });

  test.each([
    'ann@example.com\r\nBcc: eve@evil.example',
    'ann@example.com, eve@evil.example',
    '"a"@example.com',
    'ann@example.com (comment)',
    'Ann <ann@example.com>',
    'ann@@example.com',
    'group: ann@example.com;',
    'änn@example.com',
    'ann',
  ])('%j is not a plain address: no connection is made', async (recipient) => {
    const { mail } = post;
    expect(await mail.send(messageTo(ann), noticeTo(recipient))).toMatchObject({ kind: 'permanent' });
    expect(post.mailbox.stages()).toEqual([]);
  });
});
