import type { Parsed } from './call.ts';
import { KubeError, isTooLarge } from './error.ts';

/** One page of a list. */
export interface LivePage<T> {
  readonly items: T[];
  readonly resourceVersion: string;
  readonly continue?: string;
  /** How many items follow, where the server says so. */
  readonly remaining?: number;
  readonly serverTime: number;
}

/** A list as the API server sends it (ListMeta of the Kubernetes API). */
export interface ListBody<T> {
  readonly items?: T[] | null;
  readonly metadata?: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
}

/** Throws on whatever else was answered with 200: an empty list would mean that nothing is there. */
export function pageOf<T>({ body, serverTime }: Parsed<ListBody<T>>): LivePage<T> {
  const { resourceVersion, continue: token, remainingItemCount: remaining } = body.metadata ?? {};
  if (!resourceVersion) throw new KubeError('the answer is no list', { status: 0, reason: 'NoList' });
  return {
    items: body.items ?? [],
    resourceVersion,
    serverTime,
    ...(token && { continue: token }),
    ...(remaining !== undefined && { remaining }),
  };
}

/** Reads one page of at most so many items, the first or the one that the token leads to. */
type ReadPage<T> = (limit: number, token: string) => Promise<LivePage<T>>;

/**
 * The pages of a list, one after the other. Where objects are so large that a page of them would fill the memory,
 * pages become smaller.
 */
export async function* pagesOf<T>(read: ReadPage<T>, limit: number): AsyncGenerator<LivePage<T>, void> {
  let size = limit;
  for (let token = ''; ;) {
    const page = await read(size, token).catch((error: unknown) => {
      if (!isTooLarge(error) || size === 1) throw error;
      return undefined;
    });
    if (page !== undefined) yield page;
    if (page !== undefined && page.continue === undefined) return;
    if (page === undefined) size = Math.ceil(size / 8);
    else token = page.continue ?? '';
  }
}
