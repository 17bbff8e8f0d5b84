type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };
type Required<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] };

/** The fields that have a value: an absent field and an undefined one are not the same to whoever stores them. */
export function defined<T extends object>(fields: T): Required<T> & Optional<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Required<T> & Optional<T>;
}
