import { addressPaths } from '../identity/url.ts';
import { assetFiles } from './assets/assets.ts';
import { pagePaths } from './base.ts';
import { pageReply, type Reply } from './reply.ts';
import { postAnswer } from './routes/answer.ts';
import { exchangeLink } from './routes/exchange.ts';
import { showForm } from './routes/form.ts';
import { postFresh, showFresh } from './routes/fresh.ts';
import { postTask, showTask } from './routes/task.ts';
import { showVerdict } from './routes/verdict.ts';
import type { Visit } from './visit.ts';

export type Handler = (visit: Visit) => Reply | Promise<Reply>;

/** One path and what it answers. GET serves HEAD, too, and never writes. */
export type Route = {
  /** As express writes it; the same for every request, so it may stand in logs. */
  readonly path: string;
} & ({ readonly get: Handler; readonly post?: Handler } | { readonly always: Reply });

/** Every path that exists. The page of links from the software that served this kind before says where to look. */
export const routes: readonly Route[] = [
  { path: `${addressPaths.link}/:token`, get: exchangeLink },
  { path: `${pagePaths.form}/:handle`, get: showForm, post: postAnswer },
  { path: `${pagePaths.form}/:handle/${pagePaths.answers}/:answer`, get: showVerdict },
  { path: `${pagePaths.fresh}/:handle`, get: showFresh, post: postFresh },
  { path: `${addressPaths.task}/:namespace/:name`, get: showTask, post: postTask },
  { path: `${addressPaths.task}/:namespace/:pipelineRun/:task`, get: showTask, post: postTask },
  { path: '/management/tasks/link/*rest', always: pageReply({ kind: 'oldLink' }) },
  ...assetFiles.map(({ path, type, body }): Route => ({ path, always: { kind: 'asset', type, text: body } })),
];
