import type { Response } from 'express';
import type { Base } from './base.ts';
import { renderCookie, type NewCookie } from './cookie.ts';
import { renderPage } from './pages/page.tsx';
import type { Reply } from './reply.ts';

/** Writes a reply: the one place where a status, a cookie or a body is sent. */
export function writeReply(response: Response, base: Base, reply: Reply): void {
  switch (reply.kind) {
    case 'page': {
      const { page, status } = reply;
      const rendered = renderPage(page, { base: base.prefix, ...(status !== undefined && { status }) });
      setCookies(response, base, reply.cookies);
      response
        .status(rendered.status)
        .set({ ...rendered.headers, ...reply.headers })
        .type('html')
        .send(rendered.html);
      break;
    }
    case 'redirect':
      setCookies(response, base, reply.cookies);
      response.status(303).set('Location', reply.path).end();
      break;
    case 'asset':
      response.status(200).type(reply.type).send(reply.text);
      break;
  }
}

function setCookies(response: Response, base: Base, cookies: readonly NewCookie[] = []): void {
  if (cookies.length > 0)
    response.set(
      'Set-Cookie',
      cookies.map((cookie) => renderCookie(base, cookie)),
    );
}
