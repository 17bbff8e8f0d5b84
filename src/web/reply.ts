import type { NewCookie } from './cookie.ts';
import type { Page } from './pages/model.ts';

/** What a request is answered with. Handlers return it; one place writes it. */
export type Reply = PageReply | RedirectReply | AssetReply;

export interface PageReply {
  readonly kind: 'page';
  readonly page: Page;
  /** Instead of the page's own status. */
  readonly status?: number;
  readonly cookies?: readonly NewCookie[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** 303 to one of our own paths: the next request is a GET. */
export interface RedirectReply {
  readonly kind: 'redirect';
  readonly path: string;
  readonly cookies?: readonly NewCookie[];
}

export interface AssetReply {
  readonly kind: 'asset';
  readonly type: string;
  readonly text: string;
}

/** A page with the status that belongs to it, or with another one. */
export function pageReply(page: Page, status?: number): PageReply {
  return { kind: 'page', page, ...(status !== undefined && { status }) };
}

/** Forged, unknown, gone: one page, so that nobody learns which. */
export const notFound = pageReply({ kind: 'notFound' });

/** A page whose whole message is one sentence. */
export function problemReply(status: number, title: string, sentence: string): PageReply {
  return pageReply({ kind: 'problem', status, title, sentence });
}

/** For whoever was asked and finds that the request itself is gone, or on its way out. */
export const withdrawn = problemReply(
  410,
  'This request is no longer there',
  'It was removed while it waited, with its run, its pipeline run or its namespace. No answer to it counts any more, and nothing more is to do.',
);
