import { createHash } from 'node:crypto';
import type { LinkClaims } from '../identity/link.ts';
import { mintSession, openSession, sessionHandle, sessionMs, type Session } from '../identity/session.ts';
import { cookieNames, type NewCookie } from './cookie.ts';
import { webLimits } from './limits.ts';
import type { Visit } from './visit.ts';

const browserBytes = 16;
const browserPattern = /^[\w-]{22}$/u;
/** Half a year: the second person of a four-eyes request may answer long after the first. */
const browserMaxAgeSeconds = 180 * 86_400;

/** The session that the page of this handle belongs to; undefined without one. A session never opens another's page. */
export function sessionOf(visit: Visit, handle: string): Session | undefined {
  const value = visit.cookies.get(cookieNames(visit.base).session(handle));
  const session = value === undefined ? undefined : openSession(visit.keys, value, visit.now);
  return session !== undefined && sessionHandle(session) === handle ? session : undefined;
}

/** The sessions of this browser, the latest first. No more are checked than we ever set. */
export function sessionsOf(visit: Visit): readonly Session[] {
  const prefix = cookieNames(visit.base).session('');
  return [...visit.cookies.keys()]
    .filter((name) => name.startsWith(prefix))
    .slice(0, 2 * webLimits.sessions)
    .flatMap((name) => sessionOf(visit, name.slice(prefix.length)) ?? [])
    .toSorted((a, b) => b.openedAt - a.openedAt);
}

/** Hash of the browser's own cookie, as it goes into the seal; undefined where it has none. */
export function browserOf(visit: Visit): string | undefined {
  const value = visit.cookies.get(cookieNames(visit.base).browser);
  if (value === undefined || !browserPattern.test(value)) return undefined;
  return createHash('sha256').update(`browser/${value}`, 'utf8').digest('hex');
}

/**
 * Exchanges an authentic link for a session with a new id. Sets the browser's own cookie where there is none, and
 * removes what is too much: cookies that open nothing any more, then the oldest sessions.
 */
export function openVisitor(
  visit: Visit,
  link: { claims: LinkClaims; kid: string },
): { session: Session; cookies: readonly NewCookie[] } {
  const { digest: _shown, ...claims } = link.claims;
  const { random } = visit.context;
  const names = cookieNames(visit.base);
  const session: Session = {
    id: random(browserBytes).toString('base64url'),
    claims,
    linkKid: link.kid,
    openedAt: visit.now,
  };
  const handle = sessionHandle(session);
  const set: NewCookie = {
    name: names.session(handle),
    value: mintSession(visit.keys, session),
    maxAgeSeconds: sessionMs / 1_000,
  };
  const browser: NewCookie[] =
    browserOf(visit) === undefined
      ? [
          {
            name: names.browser,
            value: random(browserBytes).toString('base64url'),
            maxAgeSeconds: browserMaxAgeSeconds,
          },
        ]
      : [];
  return { session, cookies: [set, ...browser, ...surplus(visit, handle)] };
}

/** Removals that leave room for one more session. */
function surplus(visit: Visit, opened: string): NewCookie[] {
  const names = cookieNames(visit.base);
  const kept = new Set(
    sessionsOf(visit)
      .map(sessionHandle)
      .filter((handle) => handle !== opened)
      .slice(0, webLimits.sessions - 1)
      .map(names.session),
  );
  return [...visit.cookies.keys()]
    .filter((name) => name.startsWith(names.session('')) && name !== names.browser)
    .filter((name) => name !== names.session(opened) && !kept.has(name))
    .map((name) => ({ name, value: '', maxAgeSeconds: 0 }));
}
