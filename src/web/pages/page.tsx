import { render } from 'preact-render-to-string';

import type { RefusalCode } from '../../domain/refusal.ts';
import { pending } from './form.tsx';
import { Document, type View } from './layout.tsx';
import type { Page } from './model.ts';
import { counted, readOnly, recorded, refused, settled } from './outcome.tsx';
import { plain } from './plain.tsx';

/** What to send: a status, the document, and headers that belong to this page alone. */
export interface RenderedPage {
  readonly status: number;
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RenderOptions {
  /** Prefix of the paths of style sheet and script: '' or '/prefix'. Addresses in the model are taken as they are. */
  readonly base: string;
  /** Instead of the page's own. 409 on a settled page says that the answer just sent lost. */
  readonly status?: number;
}

/** Renders a page. Pure: the same model gives the same bytes. */
export function renderPage(page: Page, o: RenderOptions): RenderedPage {
  const status = o.status ?? statusOf(page);
  const html = render(<Document view={viewOf(page, status)} base={o.base} />);
  const headers = headersOf(page);
  return { status, html: `<!DOCTYPE html>\n${html}\n`, ...(headers && { headers }) };
}

function viewOf(page: Page, status: number): View {
  if (page.kind === 'pending') return pending(page.model);
  if (page.kind === 'counted') return counted(page);
  if (page.kind === 'recorded') return recorded(page);
  if (page.kind === 'refused') return refused(page);
  if (page.kind === 'readOnly') return readOnly(page);
  if (page.kind === 'settled') return settled(page.model, status === 409 && !page.model.byThisAnswer);
  return plain(page);
}

function statusOf(page: Page): number {
  if (page.kind === 'pending') return page.model.problem === undefined ? 200 : 422;
  if (page.kind === 'refused') return refusalStatus[page.code] ?? 409;
  return page.kind === 'problem' ? page.status : fixedStatus[page.kind];
}

/** 403: not from you, or not this way. 422: not with these words. Everything else is a conflict with what happened. */
const refusalStatus: Partial<Record<RefusalCode, number>> = {
  notListed: 403,
  notAPerson: 403,
  assuranceTooLow: 403,
  badSeal: 403,
  sharedLink: 403,
  sameBrowser: 403,
  requesterMayNotApprove: 403,
  commentRequired: 422,
  tooLong: 422,
};

const fixedStatus: Record<Exclude<Page['kind'], 'pending' | 'refused' | 'problem'>, number> = {
  counted: 200,
  recorded: 200,
  settled: 200,
  readOnly: 200,
  notFound: 404,
  gone: 410,
  mailMe: 200,
  mailed: 200,
  choose: 200,
  oldLink: 200,
  tooMany: 429,
  notReady: 503,
};

/** How soon a page that could not say yet what became of something is worth another look, in seconds. */
const lookAgain = { recorded: 3, notReady: 10 } as const;

function headersOf(page: Page): Record<string, string> | undefined {
  if (page.kind === 'recorded') return { Refresh: `${String(lookAgain.recorded)}; url=${page.refreshTo}` };
  if (page.kind === 'notReady') return { 'Retry-After': String(lookAgain.notReady) };
  if (page.kind !== 'tooMany') return undefined;
  return { 'Retry-After': String(Math.max(1, Math.ceil(page.retryAfterSeconds))) };
}
