import type { JSX } from 'preact';

import { readableSpan } from '../../notify/when.ts';
import { fields } from './form.tsx';
import { Banner, type View } from './layout.tsx';
import type { Page } from './model.ts';

/** Pages that show nothing of a request. */
type Plain = Exclude<Page, { kind: 'pending' | 'counted' | 'recorded' | 'refused' | 'settled' | 'readOnly' }>;

/** Renders a page that shows nothing of a request. */
export function plain(page: Plain): View {
  switch (page.kind) {
    case 'notFound':
      return notFound;
    case 'gone':
      return gone(page);
    case 'mailMe':
      return mailMe(page);
    case 'mailed':
      return mailed;
    case 'choose':
      return choose(page);
    case 'oldLink':
      return oldLink;
    case 'tooMany':
      return tooMany(page);
    case 'notReady':
      return notReady;
    case 'problem':
      return problem(page);
  }
}

function view(heading: string, banner: { role?: 'alert' | 'status'; content: JSX.Element }): View {
  const { role, content } = banner;
  return {
    title: heading,
    content: (
      <Banner tone={role === 'alert' ? 'problem' : 'plain'} heading={heading} {...(role && { role })}>
        {content}
      </Banner>
    ),
  };
}

const notFound = view('Nothing is here', {
  role: 'alert',
  content: (
    <>
      <p>The address is not complete, or what it led to no longer exists.</p>
      <p>Open the link from the newest mail once more. If it is broken over two lines, copy all of it.</p>
    </>
  ),
});

function gone({ form }: Extract<Page, { kind: 'gone' }>): View {
  return view('This link is no longer valid', {
    content: (
      <>
        <p>It is too old, or a newer mail has replaced it. Nothing was answered by opening it.</p>
        <form method="post" action={form.action}>
          <input type="hidden" name={fields.token} value={form.token} />
          <button class="action">Mail me a new link</button>
        </form>
        <p class="quiet">It goes to the address that this link was sent to, if the request still waits.</p>
      </>
    ),
  });
}

function mailMe({ form }: Extract<Page, { kind: 'mailMe' }>): View {
  return view('Open the link from your mail', {
    content: (
      <>
        <p>
          A request is answered by the personal link in the mail to each approver. This browser has not opened
          one.
        </p>
        <form method="post" action={form.action}>
          <div class="field">
            <label for="address">Your mail address</label>
            <input
              id="address"
              name={fields.address}
              type="email"
              autocomplete="email"
              required
              aria-describedby="address-hint"
            />
            <p class="quiet" id="address-hint">
              If the request waits for you at this address, you get a new link.
            </p>
          </div>
          <button class="action">Mail me the link</button>
        </form>
      </>
    ),
  });
}

const mailed = view('Check your mailbox', {
  role: 'status',
  content: (
    <p>
      If a request waits for you, a new link is on its way to your mailbox. It can take a minute. If none
      comes, ask whoever started the pipeline.
    </p>
  ),
});

function choose({ links }: Extract<Page, { kind: 'choose' }>): View {
  return view('Which one do you want to open?', {
    content: (
      <>
        <p>This address leads to more than one request.</p>
        <ul class="links">
          {links.map(({ href, text }) => (
            <li key={href}>
              <a class="action" href={href}>
                {text}
              </a>
            </li>
          ))}
        </ul>
      </>
    ),
  });
}

const oldLink = view('This link is from the software used before', {
  content: (
    <p>
      Requests are now answered by the link in the newest mail. If the request still waits, that mail was sent
      to everybody who may answer it.
    </p>
  ),
});

function tooMany({ retryAfterSeconds }: Extract<Page, { kind: 'tooMany' }>): View {
  const span = retryAfterSeconds < 60 ? 'a minute' : readableSpan(retryAfterSeconds * 1000);
  return view('Too many tries', {
    role: 'alert',
    content: <p>Nothing was recorded. Try again in {span}.</p>,
  });
}

const notReady = view('Not ready yet', {
  role: 'alert',
  content: (
    <p>
      The approval service is starting or cannot reach the cluster. Nothing was recorded. Try again in a
      minute.
    </p>
  ),
});

function problem({ title, sentence }: Extract<Page, { kind: 'problem' }>): View {
  return view(title, { role: 'alert', content: <p>{sentence}</p> });
}
