import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { load, loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { approvalDecisionSpec } from '../../src/api/approvaldecision.ts';
import { reasons } from '../../src/api/names.ts';
import { fieldNames } from '../../src/api/parameters.ts';
import { ruleCodes } from '../../src/api/policy/identity.ts';
import { environmentName, readConfig, settingPaths } from '../../src/config.ts';
import { strategies } from '../../src/domain/approval.ts';
import { refusalCodes, refusals } from '../../src/domain/refusal.ts';
import { results } from '../../src/domain/results.ts';
import { withBlock } from '../../tools/generate/block.ts';
import { generatedBlocks } from '../../tools/generate/files.ts';
import { read, root } from './repository.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...globSync('{docs,examples}/**/*.md', { cwd: root }),
].toSorted();
/** What a reader sees: no comments, and no code where prose is meant. */
const visible = (page: string): string => read(page).replaceAll(/<!--[\s\S]*?-->/g, '');
const prose = (page: string): string => visible(page).replaceAll(/```[\s\S]*?```/g, '');
const isLocal = (target: string): boolean => !/^[a-z]+:/.test(target);

const linksOf = (page: string): { target: string; anchor: string | undefined }[] =>
  [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter(isLocal)
    .map((link) => {
      const [file = '', anchor] = link.split('#');
      return { target: file === '' ? page : path.join(path.dirname(page), file), anchor };
    });

/** Anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('%s', (page) => {
  test('every link to a file or a heading leads somewhere', () => {
    const dead = linksOf(page).filter(({ target, anchor }) => {
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(dead).toEqual([]);
  });

  test('every file of the repository that is named exists', () => {
    const named = [...prose(page).matchAll(/`((?:src|test|tools|k8s|crds|docs)\/[\w./-]*)`/g)];
    expect(named.map(([, file = '']) => file).filter((file) => !existsSync(path.join(root, file)))).toEqual(
      [],
    );
  });

  test('every setting and every npm script that is named exists', () => {
    const known = new Set([
      ...settingPaths.map(environmentName),
      'TEKTON_APPROVALS_CONFIG',
      'APPROVALS_TEST_KUBECONFIG',
      // Shown as the mistakes that they are.
      'TEKTON_APPROVALS_MAIL_HOTS',
      'TEKTON_APPROVALS_',
    ]);
    const named = [...visible(page).matchAll(/TEKTON_APPROVALS_[A-Z_]*/g)].map(([name]) => name);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const run = [...visible(page).matchAll(/npm run ([a-z]+)/g)].map(([, script = '']) => script);
    expect(run.filter((script) => scripts[script] === undefined)).toEqual([]);
  });

  test('every YAML example can be read', () => {
    for (const [, text = ''] of visible(page).matchAll(/```yaml[^\n]*\n([\s\S]*?)```/g))
      expect(loadAll(text).length).toBeGreaterThan(0);
  });

  test('speaks of the project alone: no place or session of whoever wrote it', () => {
    expect(visible(page)).not.toMatch(/\/work\/|\/tmp\/|\bagents?\b/i);
  });
});

describe('README.md', () => {
  const readme = visible('README.md');
  const samples = [...readme.matchAll(/```yaml sample=(\S+)\n([\s\S]*?)```/g)].map(
    ([, file = '', text = '']) => ({ file, text }),
  );
  const examples = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].flatMap(([, text = '']) => loadAll(text));
  const kinds = z.array(z.looseObject({ kind: z.string() })).parse(examples);
  const example = (kind: string): object | undefined => kinds.find((object) => object.kind === kind);

  test('shows a pipeline and its run', () => {
    expect(samples.map(({ file }) => file)).toEqual([
      'k8s/samples/pipeline-deploy.yaml',
      'k8s/samples/pipelinerun.yaml',
    ]);
  });

  test.each(samples)('shows $file as it is', ({ file, text }) => {
    expect(text).toBe(read(file));
  });

  test('names every parameter, result, strategy', () => {
    const terms = {
      strategy: 'SINGLE',
      approvers: [],
      groups: [],
      commentRequired: 'never',
      retries: 0,
    } as const;
    const approval = { attempt: 1, startTime: 0, responses: [], pastAttempts: [], linkGeneration: 0 };
    const names = [...fieldNames, ...strategies, ...Object.keys(results(terms, approval, ''))];
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  test('its answer is one that the kind accepts', () => {
    const answer = z.looseObject({ spec: approvalDecisionSpec }).safeParse(example('ApprovalDecision'));
    expect(answer.error).toBeUndefined();
  });

  test('its RoleBinding binds a role that is shipped', () => {
    const { roleRef } = z
      .looseObject({ roleRef: z.object({ name: z.string() }).loose() })
      .parse(example('RoleBinding'));
    expect(read('k8s/30-rbac-people.yaml')).toContain(`name: ${roleRef.name}\n`);
  });

  test('its mail settings are accepted, and are where the Deployment looks for them', () => {
    const settings = z.looseObject({
      metadata: z.object({ name: z.string() }).loose(),
      data: z.record(z.string(), z.string()).optional(),
      stringData: z.record(z.string(), z.string()).optional(),
    });
    for (const kind of ['ConfigMap', 'Secret']) {
      const { metadata, data, stringData } = settings.parse(example(kind));
      expect(readConfig({ ...data, ...stringData })).toMatchObject({ ok: true });
      expect(read('k8s/50-deployment.yaml')).toContain(`name: ${metadata.name}\n`);
    }
  });

  test('its patch reaches the base URL of the Deployment', () => {
    const patched = z
      .looseObject({ patches: z.array(z.looseObject({ patch: z.string() })) })
      .parse(example('Kustomization')).patches[0]?.patch;
    expect(load(patched ?? '')).toMatchObject([
      { op: 'replace', path: '/spec/template/spec/containers/0/env/0/value' },
    ]);
    expect(read('k8s/50-deployment.yaml')).toMatch(/env:\n(?: *#.*\n)* *- name: TEKTON_APPROVALS_BASE_URL\n/);
  });
});

describe('docs/spec', () => {
  test('refusals.md has each code with its exact sentence', () => {
    const cells = read('docs/spec/refusals.md').replaceAll(/ {2,}/g, ' ');
    expect(refusalCodes.filter((code) => !cells.includes(`| \`${code}\` | ${refusals[code]} |`))).toEqual([]);
  });

  test('results.md has a row for each result', () => {
    const page = read('docs/spec/results.md');
    const first = page.slice(0, page.indexOf('## Examples'));
    const rows = [...first.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name);
    const readme = read('README.md');
    const short = readme.slice(readme.indexOf('### Results'), readme.indexOf('### What becomes'));
    expect(rows).toEqual([...short.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name));
  });
});

describe('docs/guides/troubleshooting.md', () => {
  const page = read('docs/guides/troubleshooting.md');
  const named = (name: string): boolean => page.includes(`\`${name}\``);
  const wordsIn = (file: string, pattern: RegExp): string[] =>
    [...read(file).matchAll(pattern)].map(([, word = '']) => word);

  test('has every reason of a run that went wrong', () => {
    const fine = new Set<string>([reasons.waiting, reasons.approved]);
    expect(Object.values(reasons).filter((reason) => !fine.has(reason) && !named(reason))).toEqual([]);
  });

  test('has every reason of the three other conditions, and every rule of the identity policy', () => {
    const others = wordsIn('src/controllers/circumstances.ts', /reason: '(\w+)'/g);
    const delivery = wordsIn('src/notify/delivery.ts', /^  \w+: '([A-Z]\w+)',$/gm);
    expect([others.length, delivery.length]).toEqual([5, 7]);
    const all = [...others, ...delivery, ...Object.values(ruleCodes)];
    expect(all.filter((name) => !named(name))).toEqual([]);
  });

  test('quotes log lines and sentences of /readyz that the code has', () => {
    const code = globSync('src/**/*.ts', { cwd: root }).map(read).join('\n');
    const tables = page.split('## ').filter((part) => /^(?:Log lines|The operator is not ready)/.test(part));
    const quoted = tables.flatMap((part) =>
      [...part.matchAll(/^\| (`[^|]*`)/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, text = '']) => text.split('...')),
      ),
    );
    const parts = quoted.map((text) => text.trim()).filter((text) => /\w/.test(text) && text !== 'msg');
    expect(parts.length).toBeGreaterThan(10);
    expect(parts.filter((text) => !code.includes(text.replace(/^: /, '')))).toEqual([]);
  });
});

describe('generated parts of pages', () => {
  test.each(generatedBlocks().map((block) => [block.file, block.name, block] as const))(
    '%s: %s is what its source says',
    (file, _, block) => {
      expect(withBlock(read(file), block)).toBe(read(file));
    },
  );

  test('the README has a row for each setting', () => {
    const missing = settingPaths.filter((name) => !read('README.md').includes(`| \`${name}\` `));
    expect(missing).toEqual([]);
  });

  const block = { file: 'page.md', name: 'x', text: 'new\n' };
  const [begin, end] = ['<!-- generated: x (npm run generate) -->', '<!-- end of generated: x -->'];

  test('the text between the markers is replaced, the rest stays', () => {
    const page = `before\n${begin}\nold\n${end}\nafter\n`;
    expect(withBlock(page, block)).toBe(`before\n${begin}\n\nnew\n\n${end}\nafter\n`);
  });

  test.each(['', begin, end, `${end}${begin}`, `${begin}${begin}${end}`])(
    'a page without the two markers in order is named: %s',
    (page) => {
      expect(() => withBlock(page, block)).toThrow('page.md needs the two lines');
    },
  );
});

test('CHANGELOG.md speaks of the version of package.json', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
  expect(read('CHANGELOG.md')).toContain(version);
});

test('LICENSE is the Apache License 2.0 that package.json names', () => {
  expect(read('LICENSE')).toMatch(/^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
  expect(JSON.parse(read('package.json'))).toMatchObject({ license: 'Apache-2.0' });
});
