import { describe, expect, test } from 'vitest';
import { nobodyKnown } from '../../domain/directory.ts';
import { approvalBy, start, taskOf } from '../fixture.ts';
import { messageOf, type Message, type MessageFacts } from '../message.ts';
import { builtInParts } from './parts.ts';
import { samples } from './samples.ts';
import { checkTemplates, type MailTemplates, type Rendered } from './templates.ts';

type Files = Record<string, string>;

function checked(files: Files): ReturnType<typeof checkTemplates> {
  return checkTemplates(Object.entries(files).map(([name, text]) => ({ name, text })));
}

function templates(files: Files): MailTemplates {
  const found = checked(files);
  if (!found.ok) throw new Error(found.problems.join('\n'));
  return found.templates;
}

function problemsOf(files: Files): readonly string[] {
  const found = checked(files);
  return found.ok ? [] : found.problems;
}

const link = 'https://approvals.example.com/l/v1.k.p.m';

function message(description = 'Release 2.4', more: Partial<MessageFacts> = {}): Message {
  const task = taskOf({ description });
  const notice = { kind: 'requested', recipient: { entry: 'ann@example.com' } } as const;
  return messageOf({ task, notice, directory: nobodyKnown, link, now: start, ...more });
}

function rendered(files: Files, of: Message = message()): Rendered {
  return templates(files).render(of, 'en');
}

/** A decision with this comment. */
function decided(comment: string): Message {
  const responses = [approvalBy('bob@example.com', { comment })];
  const task = taskOf({}, { status: 'completed', outcome: 'approved', responses });
  return message('', { task, notice: { kind: 'decided', recipient: { entry: 'ann@example.com' } } });
}

const page = '<p>{{ lead }}</p><a href="{{ link }}">Open</a>';

describe('templates', () => {
  test('take the place of a part; the others stay as they are shipped', () => {
    const { parts, problems } = rendered({ 'requested.en.html.liquid': `<h1>ACME</h1>${page}` });
    expect(parts.html).toMatch(/^<h1>ACME<\/h1><p>The pipeline run release-7x9k2 in namespace shop/u);
    expect(parts).toMatchObject({ text: builtInParts(message()).text });
    expect(parts).not.toHaveProperty('subject');
    expect(problems).toEqual([]);
  });

  test('of a kind come before those for every kind, and those of the language in force alone', () => {
    const files = {
      'requested.en.subject.liquid': 'own {{ topic }}',
      'default.en.subject.liquid': 'any {{ topic }}',
      'default.de.subject.liquid': 'jede {{ topic }}',
    };
    expect(rendered(files).parts.subject).toBe('own approve of release-7x9k2 (shop)');
    expect(rendered(files, decided('')).parts.subject).toBe('any approve of release-7x9k2 (shop)');
    expect(templates(files).render(message(), 'de').parts.subject).toMatch(/^jede /u);
    expect(templates(files).render(message(), 'fr').parts).not.toHaveProperty('subject');
  });

  test('may choose, repeat, format times, and share pieces of the same folder', () => {
    const files = {
      '_footer.liquid': '-- {{ note | upcase }}',
      'default.en.txt.liquid':
        '{% for line in facts %}{{ line.name }}={{ line.value }};{% endfor %}' +
        '{% if event.deadline %}{{ event.deadline | date: "%d.%m.%Y %H:%M" }}{% endif %} {{ link }}' +
        '{% render "_footer.liquid", note: kind %}',
    };
    expect(rendered(files).parts.text).toBe(
      `Namespace=shop;Pipeline run=release-7x9k2;Pipeline task=approve;Requested by=not known;21.11.2026 11:00 ${link}-- REQUESTED`,
    );
  });

  test('get every part of the message that the page about them names', () => {
    const names = Object.keys(samples[0]?.message ?? {}).filter((name) => name !== 'event');
    const lists = ['facts', 'words', 'answers', 'next'];
    const source = names
      .map((name) => (lists.includes(name) ? `{{ ${name}.size }}` : `{{ ${name} }}`))
      .join('\n');
    expect(problemsOf({ 'default.en.html.liquid': source })).toEqual([]);
  });

  test('make a subject of one line, cut to what programs show', () => {
    const subject = rendered(
      {
        'default.en.subject.liquid':
          '\n  {{ topic }}\r\nBcc: eve@evil.example{{ words[0].value | default: "none" }}',
      },
      message('x'.repeat(300)),
    );
    expect(subject.parts.subject).not.toMatch(/[\r\n]/u);
    expect(Array.from(subject.parts.subject ?? '')).toHaveLength(120);
  });
});

describe('a template that is wrong is refused, and says where', () => {
  test.each<[string, string, string, string]>([
    [
      'that is not closed',
      'default.en.html.liquid',
      '{% if link %}',
      'tag {% if link %} not closed, line:1, col:1',
    ],
    ['of an unknown tag', 'default.en.html.liquid', `${page}{% exec "rm" %}`, 'tag "exec" not found'],
    [
      'of an unknown filter',
      'default.en.html.liquid',
      `${page}{{ lead | shout }}`,
      'undefined filter: shout',
    ],
    [
      'of an unknown variable',
      'requested.en.html.liquid',
      `\n\n${page}{{ leed }}`,
      'undefined variable: leed, line:3',
    ],
    [
      'that prints a list',
      'default.en.txt.liquid',
      '{{ link }}{{ facts }}',
      'a list or an object is no text',
    ],
    ['without the link', 'reminder.en.html.liquid', '<p>{{ lead }}</p>', 'leaves out the link'],
    [
      'without the link where a sample has little to say',
      'requested.en.txt.liquid',
      '{% if deadline contains "before" %}{{ link }}{% endif %}',
      'leaves out the link',
    ],
    ['that is empty', 'decided.en.html.liquid', '\n', 'renders nothing'],
    [
      'that is as good as empty',
      'default.en.subject.liquid',
      '{% if viewOnly == 7 %}x{% endif %}',
      'renders nothing',
    ],
    ['of a kind that is not mailed', 'responded.en.html.liquid', page, 'is no name of a template'],
    ['with a wrong name', 'requested.html.liquid', page, 'is no name of a template'],
    ['with a path for a name', '../requested.en.html.liquid', page, 'is no name of a template'],
    [
      'whose shared piece is missing',
      'default.en.html.liquid',
      `${page}{% render "_none.liquid" %}`,
      'default.en.html.liquid: there is no "_none.liquid", line:',
    ],
  ])('%s', (...[, name, text, why]) => {
    const problems = problemsOf({ [name]: text });
    expect(problems).toEqual([expect.stringContaining(why)]);
    expect(problems[0]).toMatch(new RegExp(`^${name.replaceAll('.', String.raw`\.`)}: `, 'u'));
    expect(problems[0]).not.toContain('\n');
  });

  test('all wrong files are named at once', () => {
    expect(problemsOf({ 'default.en.html.liquid': '{% if %}', 'x.liquid': '' })).toHaveLength(2);
  });

  test('a closing kind needs no link', () => {
    expect(problemsOf({ 'decided.en.txt.liquid': '{{ lead }}' })).toEqual([]);
  });
});

describe('channel-11: what others wrote is data', () => {
  const evil = '<script>alert(1)</script>" onload="x {{7*7}} {% raw %} ${7*7} &amp;';
  const words = '{% for word in words %}<p title="{{ word.value }}">{{ word.value }}</p>{% endfor %}';

  test('H20: in HTML it is escaped, and Liquid in it is not evaluated', () => {
    const { html } = rendered({ 'default.en.html.liquid': page + words }, message(evil)).parts;
    expect(html).not.toMatch(/<script|49|title="[^"]*" onload/u);
    expect(html).toContain('{{7*7}} {% raw %} ${7*7} &amp;amp;');
  });

  test.each([
    ['the filter that would', '{{ words[0].value | raw }}', 'undefined filter: raw'],
    ['a filter that decodes', '{{ words[0].value | url_decode }}', 'undefined filter: url_decode'],
    [
      'a captured text',
      '{% capture x %}{{ words[0].value }}{% endcapture %}{{ x }}',
      'tag "capture" not found',
    ],
    ['another file', '{% include "/etc/passwd" %}', 'tag "include" not found'],
    ['a layout', '{% layout "x" %}', 'tag "layout" not found'],
    ['an expression in a text', '{{ facts | where_exp: "x", "x.name" }}', 'undefined filter: where_exp'],
  ])('H20: no template switches that off: not by %s', (...[, source, why]) => {
    expect(problemsOf({ 'default.en.html.liquid': page + source })).toEqual([expect.stringContaining(why)]);
  });

  test.each([
    ['echo', 'x{% for w in words %}{% echo w.value %}{% endfor %}'],
    ['cycle', 'x{% for w in words %}{% cycle w.value %}{% endfor %}'],
    ['assign', 'x{% for w in words %}{% assign x = w.value %}{{ x }}{% endfor %}'],
    ['a shared piece', 'x{% for w in words %}{% render "_w.liquid", w: w.value %}{% endfor %}'],
    ['a filter behind another', 'x{% for w in words %}{{ w.value | append: "<b>" }}{% endfor %}'],
  ])('H20: it is escaped by way of %s, too', (_way, source) => {
    const files = { '_w.liquid': '{{ w }}', 'decided.en.html.liquid': source };
    const task = taskOf({ description: evil }, { outcome: 'approved' });
    const { html } = rendered(files, message('', { task, notice: { kind: 'decided' } })).parts;
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/<script|<b>/u);
  });

  test('in plain text none of its lines begins like one of ours', () => {
    const source = '{{ link }}{% for word in words %}\n> {{ word.value }}{% endfor %}';
    const spoof = 'ok\n\nOpen the request:\nhttps://evil.example/approve';
    const { text } = rendered({ 'requested.en.txt.liquid': source }, message(spoof)).parts;
    expect(text.split('\n')).toHaveLength(6);
    for (const line of text.split('\n').slice(1)) expect(line).toMatch(/^> ?/u);
  });

  test.each(['constructor', '__proto__', 'toString', 'subject.constructor', 'facts.__proto__'])(
    'what no message has of its own is not there: %s',
    (name) => {
      expect(problemsOf({ 'default.en.html.liquid': `${page}{{ ${name} }}` })).toHaveLength(1);
      expect(problemsOf({ 'default.en.html.liquid': `${page}{% render "${name}" %}` })).toHaveLength(1);
    },
  );
});

describe('a template that would never end, or never stop growing', () => {
  test.each([
    ['counts to a thousand million', '{% for i in (1..1000000000) %}{% endfor %}', /limit exceeded/u],
    [
      'repeats within repeats',
      '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}{% endfor %}{% endfor %}{% endfor %}',
      /limit exceeded/u,
    ],
    ['writes without end', '{% for a in (1..100000) %}{{ lead }}{% endfor %}', /longer than 256 KiB/u],
    [
      'doubles a text',
      `{% assign x = "xxxxxxxx" %}${'{% assign x = x | append: x %}'.repeat(40)}`,
      /limit exceeded|string length/u,
    ],
    ['renders itself', '{% render "_self.liquid" %}', /call stack|limit exceeded|longer than/u],
  ])('channel-11: one that %s is refused', (...[, source, why]) => {
    const files = { '_self.liquid': 'x{% render "_self.liquid" %}', 'decided.en.html.liquid': source };
    expect(problemsOf(files)).toEqual([expect.stringMatching(why)]);
  });

  test('a file of a megabyte is not even parsed', () => {
    expect(problemsOf({ 'default.en.html.liquid': page + 'x'.repeat(1_000_000) })).toEqual([
      expect.stringContaining('limit exceeded'),
    ]);
  });
});

describe('a template that fails only with a real message', () => {
  const files = {
    'requested.en.html.liquid': `${page}{% if topic contains "billing" %}{{ nothing }}{% endif %}`,
    'requested.en.txt.liquid': '{% unless topic contains "billing" %}{{ link }}{% endunless %}x',
  };
  const task = { ...taskOf(), metadata: { ...taskOf().metadata, namespace: 'billing' } };

  test('is told without anything of the message, and the mail goes out as it is shipped', () => {
    const of = message('', { task });
    const { parts, problems } = rendered(files, of);
    expect(parts).toEqual(builtInParts(of));
    expect(problems).toEqual([
      'requested.en.txt.liquid: failed for a message of the kind requested',
      'requested.en.html.liquid: failed for a message of the kind requested',
    ]);
  });
});

test('there is a sample of each kind that is mailed, and one that says nearly nothing', () => {
  for (const kind of ['requested', 'secondStepRequested', 'reminder', 'decided', 'timedOut', 'cancelled'])
    expect(samples.filter((sample) => sample.kind === kind).length).toBeGreaterThan(1);
});
