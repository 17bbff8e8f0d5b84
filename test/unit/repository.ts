import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAll } from 'js-yaml';
import { z } from 'zod';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      namespace: z.string().optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .default({}),
});
export type Manifest = z.infer<typeof manifest>;

/** The objects of a YAML file. */
export function objectsIn(file: string): Manifest[] {
  return loadAll(read(file)).map((document) => manifest.parse(document));
}

/** YAML files directly in a folder of the repository. */
export function manifestsOf(folder: string): string[] {
  const files = readdirSync(path.join(root, folder)).filter((file) => file.endsWith('.yaml'));
  return files.toSorted().map((file) => `${folder}/${file}`);
}
