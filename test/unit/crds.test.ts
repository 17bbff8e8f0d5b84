import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { limits } from '../../src/api/limits.ts';
import { customResourceDefinition } from '../../src/api/schema/crd.ts';
import { approvalTask, kinds } from '../../src/api/schema/kinds.ts';
import { structuralSchema, type StructuralSchema } from '../../src/api/schema/structural.ts';
import { generatedFiles } from '../../tools/generate/files.ts';
import { objectsIn, read } from './repository.ts';

const none = { descriptions: {}, listKeys: {} };

/** Every schema below one, with its path. */
function walk(schema: StructuralSchema, path: string): [path: string, schema: StructuralSchema][] {
  const below = [
    ...Object.entries(schema.properties ?? {}).map(([name, child]) => walk(child, `${path}.${name}`)),
    ...(schema.items ? [walk(schema.items, `${path}[]`)] : []),
  ];
  return [[path, schema], ...below.flat()];
}

test.each([...generatedFiles()])('%s is what its source says', (file, content) => {
  expect(read(file), 'run `npm run generate`').toBe(content);
});

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (_, kind) => {
  const parts = [
    structuralSchema(kind.spec, 'spec', kind),
    structuralSchema(kind.status, 'status', kind),
  ] as const;
  const fields = [...walk(parts[0], 'spec'), ...walk(parts[1], 'status')];

  test('every string has a maximum or a closed list of values', () => {
    const open = fields.filter(([, { type, maxLength, enum: choices }]) => {
      return type === 'string' && maxLength === undefined && choices === undefined;
    });
    expect(open.map(([path]) => path)).toEqual([]);
  });

  test('every list has a maximum', () => {
    const open = fields.filter(([, { type, maxItems }]) => type === 'array' && maxItems === undefined);
    expect(open.map(([path]) => path)).toEqual([]);
  });

  test('no object takes fields that the schema does not name', () => {
    const loose = fields.filter(([, { type, properties }]) => type === 'object' && properties === undefined);
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test('kubectl explain has a sentence for every field of spec and status, and for no other', () => {
    const paths = fields.map(([path]) => path);
    const top = paths.filter((path) => /^[a-z]+(\.[A-Za-z]+)?$/.test(path));
    expect(top.filter((path) => kind.descriptions[path] === undefined)).toEqual([]);
    expect(Object.keys(kind.descriptions).filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('lists that two writers share are merged by keys that every item has', () => {
    for (const [path, keys] of Object.entries(kind.listKeys)) {
      const list = fields.find(([name]) => name === path)?.[1];
      expect(list?.['x-kubernetes-list-map-keys']).toEqual(keys);
      expect(list?.items?.required).toEqual(expect.arrayContaining([...keys]));
    }
  });

  test('printer columns and selectable fields name fields that exist', () => {
    const paths = new Set(fields.map(([path]) => `.${path}`));
    const named = [...kind.columns.map(({ jsonPath }) => jsonPath), ...kind.selectable];
    const unknown = named.filter((path) => !path.startsWith('.metadata.') && !paths.has(path));
    expect(unknown).toEqual([]);
  });

  test('the definition freezes the spec on the root and lists it as required', () => {
    expect(customResourceDefinition(kind)).toMatchObject({
      spec: {
        scope: 'Namespaced',
        versions: [
          {
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                required: ['spec'],
                'x-kubernetes-validations': [{ rule: 'self.spec == oldSelf.spec' }],
              },
            },
          },
        ],
      },
    });
  });
});

test('the results hold the names of everybody who may be listed, or a full MULTI could not be settled', () => {
  expect(limits.result).toBeGreaterThanOrEqual(limits.people * (limits.entry + 1));
  expect(limits.result).toBeGreaterThanOrEqual(limits.joinedCommentBytes);
});

describe('the schema of a field', () => {
  test('takes its maxima from the one table of limits', () => {
    const schema = structuralSchema(approvalTask.spec, 'spec', none);
    expect(schema.properties?.['approvers']).toMatchObject({
      maxItems: limits.people,
      items: { minLength: 1, maxLength: limits.entry },
    });
  });

  test('carries defaults, so that an optional field need not be sent', () => {
    const schema = structuralSchema(z.object({ a: z.string().max(1).default('x') }), 'spec', none);
    expect(schema).toEqual({
      type: 'object',
      properties: { a: { type: 'string', maxLength: 1, default: 'x' } },
    });
  });

  test.each([
    ['a union', z.union([z.string().max(1), z.int()])],
    ['anything', z.unknown()],
    ['a record', z.record(z.string(), z.string().max(1))],
    ['a pattern', z.string().max(1).regex(/a/)],
  ])('%s, which none of ours has, is refused rather than written wrongly', (_, type) => {
    expect(() => structuralSchema(z.object({ field: type }), 'spec', none)).toThrow(z.ZodError);
  });
});

test('each definition has a file of its own', () => {
  const names = kinds.map(({ plural }) => `crds/tekton.automatiko.io_${plural}.yaml`);
  for (const file of names) {
    expect(objectsIn(file)).toMatchObject([{ kind: 'CustomResourceDefinition' }]);
    expect(read('crds/kustomization.yml')).toContain(file.replace('crds/', ''));
  }
});
