import { machine } from '../../domain/eligibility.ts';
import { group } from '../names.ts';
import { list } from './cel.ts';
import { denial, type Judged } from './denial.ts';
import type { InstallValues } from './values.ts';

/** One rule of a guard: what must be true of a request, and the sentence for whoever sent another. */
export interface Rule {
  readonly expression: string;
  readonly text: string;
}

/** A ValidatingAdmissionPolicy that says who may do what to objects that an approval rests on. */
export interface Guard {
  /** Name of the policy and of its binding. */
  readonly name: string;
  /** What the codes of its rules begin with. */
  readonly prefix: string;
  readonly judges: Judged;
  /** The install values that its expressions read, in the order in which they stand in the file. */
  readonly values: readonly Exclude<keyof InstallValues, 'robots'>[];
  /** Names for parts of the expressions. */
  readonly variables: Readonly<Record<string, string>>;
  readonly rules: Readonly<Record<string, Rule>>;
}

/** What the message of a rule starts with. */
function codeOf(guard: Pick<Guard, 'prefix'>, rule: string): string {
  return `[${guard.prefix}-${rule}]`;
}

/** The policy and its binding; install values are the first variables, one line each. */
export function renderGuard(guard: Guard, values: InstallValues): [policy: object, binding: object] {
  const { name, judges, variables, rules } = guard;
  return denial({
    name,
    judges,
    spec: {
      variables: [
        ...guard.values.map((value) => ({ name: value, expression: list([values[value]].flat()) })),
        ...Object.entries(variables).map(([variable, expression]) => ({ name: variable, expression })),
      ],
      validations: Object.entries(rules).map(([rule, { expression, text }]) => ({
        expression,
        message: `${codeOf(guard, rule)} ${text}`,
        reason: 'Forbidden',
      })),
    },
  });
}

/** The user name of whoever sends the request. */
export const user = 'request.userInfo.username';

/** Whether the caller is one of the accounts of these install values, which a guard lists under `values`. */
export function isOneOf(...values: readonly Guard['values'][number][]): string {
  return values.map((value) => `${user} in variables.${value}`).join(' || ');
}

/** Whether one of these apiVersions is of our group, spelt as loosely as the operator reads it. */
export function namesOurs(...apiVersions: readonly string[]): string {
  return `[${apiVersions.map((given) => `${given}.orValue('')`).join(', ')}].exists(given, given.split('/')[0].trim().lowerAscii() == '${group}')`;
}

/** Whether the caller is a machine: a service account, a node or nobody. */
export const isMachine = `${user}.matches('${machine.source}')`;

/** Empty where the request is for the object itself. */
export const subresource = "request.?subResource.orValue('')";

/** Whether an update of an object that is being deleted leaves all as it was but the finalizers, which can only go. */
export const onlyReleases = [
  'has(oldObject.metadata.deletionTimestamp)',
  ...['labels', 'annotations', 'ownerReferences'].map(
    (field) => `object.metadata.?${field} == oldObject.metadata.?${field}`,
  ),
].join(' && ');
