import { describe, expect, test } from 'vitest';
import { samples } from '../../src/notify/mail/samples.ts';
import { mailedKinds, templateParts } from '../../src/notify/mail/templatename.ts';
import { checkTemplates } from '../../src/notify/mail/templates.ts';
import { read } from './repository.ts';

const page = read('docs/spec/mail-templates.md');
const rows = [...page.matchAll(/^\| `([\w.]+)`/gm)].map(([, name = '']) => name);
const examples = [...page.matchAll(/^```liquid (\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, part = '', text = '']) => ({
    name: `default.en.${part}.liquid`,
    text,
  }),
);

describe('docs/spec/mail-templates.md', () => {
  test('has a row for each variable, and for nothing else', () => {
    const all = new Set(
      samples.flatMap(({ message }) => [
        ...Object.keys(message),
        ...Object.keys(message.event).map((name) => `event.${name}`),
      ]),
    );
    expect(rows.filter((name) => !/^[A-Z]/u.test(name)).toSorted()).toEqual([...all].toSorted());
  });

  test('has an example of each part, and they are good templates', () => {
    expect(examples.map(({ name }) => name).toSorted()).toEqual(
      templateParts.map((part) => `default.en.${part}.liquid`).toSorted(),
    );
    expect(checkTemplates(examples)).toMatchObject({ ok: true });
  });

  test('names each kind, and each tag and filter that there is', () => {
    for (const kind of mailedKinds) expect(page).toContain(`\`${kind}\``);
    const [, tags = '', filters = ''] =
      /with these tags: ([\s\S]*?)\. And these filters:([\s\S]*?)\. A variable/u.exec(page) ?? [];
    const words = (text: string): string[] => [...text.matchAll(/`([^`]+)`/gu)].map(([, word = '']) => word);
    const tried = [
      ...words(tags).map((tag) => ({ tag, problem: problemOf(`{% ${tag} %}`) })),
      ...words(filters).map((filter) => ({ tag: filter, problem: problemOf(`{{ link | ${filter} }}`) })),
    ];
    expect(tried.length).toBeGreaterThan(50);
    expect(tried.filter(({ problem }) => /not found|undefined filter/u.test(problem))).toEqual([]);
  });
});

function problemOf(text: string): string {
  const found = checkTemplates([{ name: 'decided.en.txt.liquid', text: `x${text}` }]);
  return found.ok ? '' : found.problems.join();
}
