/** An HTTP answer with its body read. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly body: string;
}

/** Sends one request and follows no redirect: `fetch`, or another way to the same address. */
export type Send = (
  url: string,
  init: FormRequest & { readonly redirect: 'manual' },
) => Promise<{
  readonly status: number;
  readonly headers: Pick<Headers, 'get' | 'getSetCookie'>;
  readonly text: () => Promise<string>;
}>;

/**
 * Uses the approval form as a browser without JavaScript does: keeps cookies, follows redirects, and posts a form with
 * its hidden fields and the headers that a browser sends for a form of the same origin.
 */
export class FormClient {
  readonly #cookies = new Map<string, string>();
  readonly #send: Send;

  constructor(send: Send = fetch) {
    this.#send = send;
  }

  async open(url: string): Promise<Page> {
    return this.#follow(url, { method: 'GET', headers: { 'Sec-Fetch-Site': 'none' } });
  }

  /** Posts the page's first form that has a field `decision`, with its hidden fields. */
  async answer(page: Page, decision: 'approve' | 'reject', comment = ''): Promise<Page> {
    const form = findForm(page.body);
    const fields = new URLSearchParams([...form.hidden, ['comment', comment], ['decision', decision]]);
    const action = new URL(form.action === '' ? page.url : form.action, page.url);
    return this.#follow(action.href, {
      method: 'POST',
      body: fields.toString(),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Sec-Fetch-Site': 'same-origin',
        Origin: action.origin,
      },
    });
  }

  async #follow(url: string, init: FormRequest, hops = 5): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = cookie === '' ? init.headers : { ...init.headers, Cookie: cookie };
    const answer = await this.#send(url, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.#keep(line);
    const location = answer.headers.get('Location');
    if (location !== null && hops > 0) {
      await answer.text();
      return this.#follow(
        new URL(location, url).href,
        { method: 'GET', headers: { 'Sec-Fetch-Site': 'same-origin' } },
        hops - 1,
      );
    }
    return { status: answer.status, url, body: await answer.text() };
  }

  #keep(line: string): void {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

/** What a browser sends for a form. */
export interface FormRequest {
  readonly method: 'GET' | 'POST';
  readonly body?: string;
  readonly headers: Record<string, string>;
}

interface Form {
  readonly action: string;
  readonly hidden: [string, string][];
}

function findForm(html: string): Form {
  const form = html.match(/<form\b[^>]*>[\s\S]*?<\/form>/g)?.find((text) => text.includes('name="decision"'));
  if (form === undefined) throw new Error('the page has no form to decide');
  const opening = form.slice(0, form.indexOf('>'));
  const hidden = [...form.matchAll(/<input\b[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => attribute(tag, 'type') === 'hidden');
  return {
    action: attribute(opening, 'action'),
    hidden: hidden.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]),
  };
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
