/** What `-o` takes, and what comes of it. */
export const formats = {
  json: 'a List of ApprovalTasks',
  yaml: 'the same as YAML',
  wide: 'more columns',
  name: 'names alone',
} as const;

/** Every flag of every command, with its meaning for the help. */
export const flags = {
  namespace: { type: 'string', short: 'n', value: 'NAME', help: 'namespace of the requests' },
  'all-namespaces': { type: 'boolean', short: 'A', help: 'requests of all namespaces' },
  all: { type: 'boolean', help: 'settled requests, too' },
  output: { type: 'string', short: 'o', value: 'FORMAT', help: 'json, yaml, wide or name' },
  watch: { type: 'boolean', short: 'w', help: 'go on and show what changes' },
  message: { type: 'string', short: 'm', value: 'TEXT', help: 'comment of the answer' },
  yes: { type: 'boolean', short: 'y', help: 'do not ask for confirmation' },
  wait: {
    type: 'string',
    value: 'DURATION',
    help: 'how long to wait for the verdict (30s); 0 does not wait',
  },
  kubeconfig: { type: 'string', value: 'FILE', help: 'this kubeconfig instead of KUBECONFIG' },
  context: { type: 'string', value: 'NAME', help: 'this context of the kubeconfig' },
  cluster: { type: 'string', value: 'NAME', help: 'this cluster of the kubeconfig' },
  user: { type: 'string', value: 'NAME', help: 'this user of the kubeconfig' },
  as: { type: 'string', value: 'USER', help: 'act for this user' },
  'as-group': { type: 'string', multiple: true, value: 'GROUP', help: 'act for this group; may be repeated' },
  help: { type: 'boolean', short: 'h', help: 'show this text' },
} as const satisfies Record<string, Flag>;

interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  readonly value?: string;
  readonly help: string;
}
export type FlagName = keyof typeof flags;

/** Flags of every command: which cluster, and as whom. */
export const globalFlags = [
  'kubeconfig',
  'context',
  'cluster',
  'user',
  'as',
  'as-group',
  'help',
] as const satisfies readonly FlagName[];

/** The flags that were given. */
export interface Flags {
  readonly namespace?: string;
  readonly 'all-namespaces'?: boolean;
  readonly all?: boolean;
  readonly output?: string;
  readonly watch?: boolean;
  readonly message?: string;
  readonly yes?: boolean;
  readonly wait?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly as?: string;
  readonly 'as-group'?: string[];
  readonly help?: boolean;
}

/** Both spellings of a flag: `-n, --namespace NAME`. */
export function spellingOf(name: FlagName): string {
  const { short, value }: Flag = flags[name];
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}
