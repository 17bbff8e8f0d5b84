import type { ComponentChildren, JSX } from 'preact';

import { Icon, type Shape } from './icon.tsx';
import { assets } from './model.ts';

/** What a page's banner looks like: the colour and shape of a state. */
export type Tone = 'asking' | 'approved' | 'rejected' | 'ended' | 'problem' | 'plain';

/** One page as plain data and content, without the document around it. */
export interface View {
  /** The browser's tab and what a screen reader says first: the state, then of what. */
  readonly title: string;
  readonly content: JSX.Element;
}

/** The document around every page: nothing inline, nothing from elsewhere, one style sheet, one script. */
export function Document({ view, base }: { view: View; base: string }): JSX.Element {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        {/* Before anything is loaded: the address that a link was opened at is a secret, and no Referer may hold it. */}
        <meta name="referrer" content="strict-origin" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${view.title} · Tekton Approvals`}</title>
        <link rel="stylesheet" href={base + assets.style} />
        <script src={base + assets.script} defer />
      </head>
      <body>
        <header class="top">
          <p>Tekton Approvals</p>
        </header>
        <main>{view.content}</main>
      </body>
    </html>
  );
}

const shapeOf: Record<Tone, Shape> = {
  asking: 'wait',
  approved: 'approve',
  rejected: 'reject',
  ended: 'stop',
  problem: 'alert',
  plain: 'note',
};

interface BannerProps {
  tone: Tone;
  heading: string;
  /** `alert` where something went wrong, `status` where something is reported, nothing where a page merely asks. */
  role?: 'alert' | 'status';
  children?: ComponentChildren;
}

/** The state of things, before anything else. */
export function Banner({ tone, heading, role, children }: BannerProps): JSX.Element {
  return (
    <div class={`banner ${tone}`} role={role}>
      <Icon shape={shapeOf[tone]} ring />
      <div>
        <h1>{heading}</h1>
        {children}
      </div>
    </div>
  );
}
