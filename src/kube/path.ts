import type { ListQuery } from './client.ts';
import type { ResourceType } from './object.ts';

/** Which part of the API is meant: all of a kind, those of a namespace, one object, or a subresource of it. */
export interface Place {
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** The path of that place at the API server. Throws where a namespaced object has no namespace. */
export function pathOf(type: ResourceType, place: Place = {}): string {
  const namespace = place.namespace ?? '';
  if (type.namespaced && place.name !== undefined && namespace === '') {
    throw new TypeError(`${type.kind} ${place.name} needs a namespace`);
  }
  const parts = [
    ...(type.namespaced && namespace !== '' ? ['namespaces', namespace] : []),
    type.plural,
    ...(place.name === undefined ? [] : [place.name]),
    ...(place.subresource === undefined ? [] : [place.subresource]),
  ];
  return `${rootOf(type)}/${parts.map(encodeURIComponent).join('/')}`;
}

function rootOf(type: ResourceType): string {
  return type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

/** A query string with its question mark; what is undefined, false or empty is left out. */
export function queryOf(fields: Record<string, string | number | boolean | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== false && value !== '') query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** What selects objects, for a list as for a watch. */
export function selectorsOf(query: ListQuery): Record<string, string | undefined> {
  return { labelSelector: query.labelSelector, fieldSelector: query.fieldSelector };
}
