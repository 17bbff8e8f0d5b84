import * as z from 'zod';
import type { KnownPerson, People } from '../domain/directory.ts';
import { isMachine } from '../domain/eligibility.ts';
import { defined } from '../domain/defined.ts';
import { fields, listOf, sentenceOf, textThat } from './document.ts';
import { peopleConflicts } from './peopleconflicts.ts';
import { limits } from './limits.ts';
import { isAddress, isReadable } from './parameters/entry.ts';
import { lengthOf } from './parameters/problem.ts';

const isName = (max: number) => (value: string) => isReadable(value) && lengthOf(value) <= max;

const handle = textThat(
  `1 to ${String(limits.handle)} letters, digits, dots, hyphens or underscores, beginning and ending with a letter or digit`,
  (value) => /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(value) && value.length <= limits.handle,
);
const name = textThat(
  `1 to ${String(limits.entry)} characters without outer or double blanks and without control or invisible characters`,
  isName(limits.entry),
);
const displayName = textThat(
  `1 to ${String(limits.displayName)} characters without outer or double blanks and without control or invisible characters`,
  isName(limits.displayName),
);
const address = textThat('one plain e-mail address such as jane@example.com', isAddress);
const user = name.refine(
  (value) => !isMachine(value),
  'must be a person: service accounts and nodes are none',
);

function optionalListOf<T>(item: z.ZodType<T>): z.ZodType<T[] | null | undefined> {
  return listOf(item, limits.namesOfPerson).nullish();
}

const person = fields({
  handle,
  displayName: displayName.nullish(),
  emails: optionalListOf(address),
  kubernetesUsers: optionalListOf(user),
  oidc: optionalListOf(fields({ issuer: name, subject: name })),
  chat: optionalListOf(fields({ channel: name, id: name })),
});

const group = fields({ name, members: listOf(handle, limits.members) });

/** The content of `people.yaml`. */
const schema = fields({
  persons: listOf(person, limits.persons).nullish(),
  groups: listOf(group, limits.peopleGroups).nullish(),
});

export type ReadPeople =
  | { readonly ok: true; readonly people: People }
  /** Each a sentence that begins with a path and repeats no value. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the people directory, strictly: one problem spoils the file, for it may hide that two people are one. */
export function readPeople(content: unknown): ReadPeople {
  const read = schema.safeParse(content ?? {});
  if (!read.success) return { ok: false, problems: read.error.issues.map(sentenceOf) };
  const people: People = { persons: (read.data.persons ?? []).map(personOf), groups: read.data.groups ?? [] };
  const problems = peopleConflicts(people);
  return problems.length === 0 ? { ok: true, people } : { ok: false, problems };
}

function personOf(read: z.infer<typeof person>): KnownPerson {
  return defined({
    handle: read.handle,
    displayName: read.displayName ?? undefined,
    emails: read.emails ?? [],
    kubernetesUsers: read.kubernetesUsers ?? [],
    oidc: read.oidc ?? [],
    chat: read.chat ?? [],
  });
}
