import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import { Buckets } from './bucket.ts';
import { createBase, isOwnHost, isOwnOrigin } from './base.ts';
import type { WebDeps } from './context.ts';
import { readCookies } from './cookie.ts';
import { formType, requestHeaders, securityHeaders } from './headers.ts';
import { rates, webLimits } from './limits.ts';
import { peerOf } from './peer.ts';
import { notFound, pageReply, problemReply, type Reply } from './reply.ts';
import { writeReply } from './response.ts';
import { routes, type Handler, type Route } from './router.ts';
import { strangerReply } from './stranger.ts';
import type { Site, Visit } from './visit.ts';

/** The pages as a handler of HTTP requests. `createWebServer` gives it a server with limits. */
export function createWeb(deps: WebDeps): Express {
  const site = createSite(deps);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', false);
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.use(headersAndLog(site), hostCheck(site));
  const router = express.Router({ caseSensitive: true });
  for (const route of routes) serve(router, site, route);
  app.use(site.base.prefix === '' ? '/' : site.base.prefix, router);
  app.use(handle(site, (visit) => strangerReply(visit, notFound)));
  app.use(failed(site));
  return app;
}

function createSite(deps: WebDeps): Site {
  return {
    context: deps,
    base: createBase(deps.settings.baseUrl),
    buckets: {
      stranger: new Buckets(rates.stranger),
      looks: new Buckets(rates.looks),
      answers: new Buckets(rates.answers),
      mailsOfTask: new Buckets(rates.mailsOfTask),
      mailsToApprover: new Buckets(rates.mailsToApprover),
    },
  };
}

/** First of all, so that whatever answers carries the headers. The log names routes, never addresses as requested. */
function headersAndLog({ context, base }: Site): RequestHandler {
  const headers = securityHeaders(base);
  return (request, response, next) => {
    response.set(headers);
    const start = performance.now();
    response.once('finish', () => {
      const path: unknown = response.locals['route'];
      const route = typeof path === 'string' ? path : 'none';
      const answered = { method: request.method, route, status: response.statusCode };
      context.onAnswered?.(answered);
      const line = { ...answered, ms: Math.round(performance.now() - start) };
      // What is refused may come by the thousand; what was taken, or failed, is of interest.
      const isRefused = response.statusCode >= 400 && response.statusCode < 500;
      if (request.method === 'POST' && !isRefused) context.log.info(line, 'answered');
      else context.log.debug(line, 'answered');
    });
    next();
  };
}

const wrongHost = problemReply(
  421,
  'Wrong address',
  'This service does not answer under this name. Open the link from the mail.',
);

function hostCheck(site: Site): RequestHandler {
  return (request, response, next) => {
    if (isOwnHost(site.base, request.headers)) next();
    else writeReply(response, site.base, wrongHost);
  };
}

function serve(router: express.Router, site: Site, route: Route): void {
  const named: RequestHandler = (_request, response, next) => {
    response.locals['route'] = route.path;
    next();
  };
  const target = router.route(route.path).all(named).get(getHandler(site, route));
  const post = 'post' in route ? route.post : undefined;
  if (post !== undefined) target.post(ownPagesOnly(site), formsOnly(site), readForm, handle(site, post));
  const headers = { Allow: post === undefined ? 'GET, HEAD' : 'GET, HEAD, POST' };
  const wrongMethod = problemReply(405, 'Not possible here', 'This address does not take such requests.');
  target.all((_request, response) => {
    writeReply(response, site.base, { ...wrongMethod, headers });
  });
}

function getHandler(site: Site, route: Route): RequestHandler {
  if ('get' in route) return handle(site, route.get);
  return (_request, response) => {
    writeReply(response, site.base, route.always);
  };
}

const notOurPage = problemReply(
  403,
  'Answer on our own page',
  'This request did not come from a page of this service. Nothing was recorded. Open the link from the mail and answer there.',
);

function ownPagesOnly(site: Site): RequestHandler {
  return (request, response, next) => {
    if (isOwnOrigin(site.base, request.headers)) next();
    else writeReply(response, site.base, notOurPage);
  };
}

const notAForm = problemReply(
  415,
  'Not a form',
  'Only forms of this service are taken. Nothing was recorded.',
);

function formsOnly(site: Site): RequestHandler {
  return (request, response, next) => {
    const [type = ''] = (request.headers[requestHeaders.contentType] ?? '').split(';');
    if (type.trim().toLowerCase() === formType) next();
    else writeReply(response, site.base, notAForm);
  };
}

const readForm = express.urlencoded({
  extended: false,
  inflate: false,
  limit: webLimits.bodyBytes,
  parameterLimit: webLimits.bodyFields,
});

/**
 * Runs a handler. Without keys no link can be told from a forged one, and without the directory not whose it is, so
 * nothing is answered.
 */
function handle(site: Site, handler: Handler): RequestHandler {
  return async (request, response) => {
    const visit = visitOf(site, request);
    const reply: Reply = visit === undefined ? pageReply({ kind: 'notReady' }) : await handler(visit);
    writeReply(response, site.base, reply);
  };
}

function visitOf(site: Site, request: Request): Visit | undefined {
  const keys = site.context.keys();
  const directory = site.context.directory();
  if (keys === undefined || directory === undefined) return undefined;
  return {
    ...site,
    keys,
    directory,
    now: site.context.now(),
    peer: peerOf(request.socket.remoteAddress),
    params: textsOf(request.params),
    cookies: readCookies(request.headers[requestHeaders.cookie]),
    fields: new Map(Object.entries(textsOf(request.body))),
  };
}

/** The entries that are text; of a repeated field the first. */
function textsOf(record: unknown): Record<string, string> {
  const texts = Object.entries(record ?? {}).flatMap(([name, value]: [string, unknown]) => {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return typeof first === 'string' ? [[name, first] as const] : [];
  });
  return Object.fromEntries(texts);
}

const failures: Readonly<Record<number, Reply>> = {
  413: problemReply(
    413,
    'Too much text',
    'What was sent is larger than allowed. Nothing was recorded. Go back and shorten the comment.',
  ),
  415: notAForm,
  503: pageReply({ kind: 'notReady' }),
};

/** The API server could not be asked, or something of ours broke: 503, because trying again may help. */
function failed(site: Site): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- express knows an error handler by its four parameters
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status === 503) logFailure(site, error, response.locals['route']);
    const reply =
      failures[status] ??
      problemReply(400, 'Not understood', 'The request was not understood. Nothing was recorded.');
    // An address that cannot be decoded is one that does not exist.
    writeReply(response, site.base, error instanceof URIError ? notFound : reply);
  };
}

function statusOf(error: unknown): number {
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 && isFromParser(error) ? status : 503;
}

/** body-parser and the router mark their own errors so; errors of the API server have a status, too. */
function isFromParser(error: unknown): boolean {
  return error instanceof URIError || (error instanceof Error && 'expose' in error);
}

/** Names only: an error's text may quote an address or what was sent. */
function logFailure({ context }: Site, error: unknown, route: unknown): void {
  const name = error instanceof Error ? error.name : typeof error;
  context.log.error({ error: name, route }, 'a page failed');
}
