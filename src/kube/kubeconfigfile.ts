import path from 'node:path';
import { loadAll } from 'js-yaml';

/** A file of a kubeconfig, as it was read. */
export interface KubeconfigFile {
  readonly file: string;
  readonly text: string;
}

/** The entries of kubeconfig files by name, as they stand there, with absolute paths. */
export interface Kubeconfig {
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
  readonly contexts: ReadonlyMap<string, Entry>;
}

/** What stands under one name: fields of clientcmd/api/v1, none of which can be relied on. */
export type Entry = Readonly<Record<string, unknown>>;

const lists = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;
type List = keyof typeof lists;

/** Fields that name a file, which may be relative to the kubeconfig's own folder. */
const pathFields: Readonly<Record<List, readonly string[]>> = {
  clusters: ['certificate-authority'],
  users: ['client-certificate', 'client-key', 'tokenFile'],
  contexts: [],
};

/**
 * Several files as one, the way kubectl does it (k8s.io/client-go tools/clientcmd/loader.go): the first file that has
 * an entry of a name gives all of it, and the first that names a current context chooses it. Throws one sentence for a
 * file that is no kubeconfig.
 */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): Kubeconfig {
  const merged = {
    clusters: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
    contexts: new Map<string, Entry>(),
  };
  let currentContext = '';
  // A map keeps what is put in last: what the earlier files have, and of one file its first entry of a name.
  for (const file of files) {
    const config = parse(file);
    for (const list of Object.keys(lists).filter(isList)) {
      const entries = entriesOf(config, list, path.dirname(path.resolve(file.file)));
      merged[list] = new Map([...entries.toReversed(), ...merged[list]]);
    }
    const named = config['current-context'];
    if (currentContext === '' && typeof named === 'string') currentContext = named;
  }
  return { ...merged, currentContext };
}

function isList(name: string): name is List {
  return name in lists;
}

function parse({ file, text }: KubeconfigFile): Entry {
  let config: unknown;
  try {
    // The library takes an empty text for several documents alone.
    [config] = loadAll(text);
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new Error(`the kubeconfig ${file} is not valid YAML: ${why}`, { cause: error });
  }
  // An empty file is an empty kubeconfig, as one that was just made is.
  if (config === undefined || config === null) return {};
  if (!isEntry(config)) throw new Error(`the kubeconfig ${file} is none: it holds no fields`);
  return config;
}

function entriesOf(config: Entry, list: List, folder: string): [string, Entry][] {
  const named: unknown = config[list];
  if (!Array.isArray(named)) return [];
  return named.filter(isEntry).flatMap((item): [string, Entry][] => {
    const { name } = item;
    const entry = item[lists[list]];
    if (typeof name !== 'string') return [];
    return [[name, withAbsolutePaths(isEntry(entry) ? entry : {}, list, folder)]];
  });
}

function withAbsolutePaths(entry: Entry, list: List, folder: string): Entry {
  const resolved: Record<string, unknown> = { ...entry };
  for (const field of pathFields[list]) {
    const file = entry[field];
    if (typeof file === 'string' && file !== '') resolved[field] = path.resolve(folder, file);
  }
  const { exec } = entry;
  if (list !== 'users' || !isEntry(exec) || typeof exec['command'] !== 'string') return resolved;
  // What holds no slash is looked for in PATH.
  const command = exec['command'].includes(path.sep)
    ? path.resolve(folder, exec['command'])
    : exec['command'];
  return { ...resolved, exec: { ...exec, command } };
}

/** Whether a value has fields. */
export function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text that says something; in a kubeconfig absent and empty are the same. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a list. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** A field that is only there where it has a value. */
export function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, V>>);
}
