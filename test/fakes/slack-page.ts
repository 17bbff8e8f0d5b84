import type { SlackMessage } from './slack.ts';
import { isFields } from './slack-rules.ts';

/** How the messages of a fake Slack look, roughly as in Slack: each a card, replies below what they reply to. */
export function renderChannel(messages: readonly SlackMessage[]): string {
  const heads = messages.filter(({ threadTs }) => threadTs === undefined);
  const cards = heads.map((head) => {
    const replies = messages.filter(({ threadTs }) => threadTs === head.ts);
    return `${card(head)}${replies.map((reply) => `<div class="reply">${card(reply)}</div>`).join('')}`;
  });
  const none = '<p class="quiet">No message yet. Reload this page.</p>';
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fake Slack</title><style>${style}</style></head>
<body><h1>Fake Slack</h1>${cards.length === 0 ? none : cards.join('\n')}</body></html>
`;
}

const style = `
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 680px; padding: 16px; font: 15px/1.47 Lato, system-ui, sans-serif; color: #1d1c1d; background: #fff; }
h1 { font-size: 18px; border-bottom: 1px solid #ddd; padding-bottom: 8px; }
h2 { font-size: 18px; margin: 4px 0; }
article { margin: 0 0 20px; overflow-wrap: anywhere; }
.meta, .quiet { color: #616061; font-size: 13px; }
.reply { margin-left: 28px; border-left: 1px solid #ddd; padding-left: 12px; }
.block { margin: 10px 0; }
p { margin: 4px 0; white-space: pre-wrap; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid #ddd; white-space: pre-wrap; }
a { color: #1264a3; }
a.button { display: inline-block; margin: 6px 0; padding: 5px 12px; border: 1px solid #bbb; border-radius: 4px; color: #1d1c1d; font-weight: 700; text-decoration: none; }
mark { background: #fff3b8; color: #1264a3; }
`;

function card({ by, conversation, text, blocks, edits, pings, posted }: SlackMessage): string {
  const where = by === 'webhook' ? 'by the webhook' : `in ${conversation}`;
  const notes = [edits > 0 ? '(edited)' : '', pings.length > 0 ? `pings ${String(pings.length)}` : ''];
  const read = posted['mrkdwn'] === false ? escaped(decoded(text)) : mrkdwn(text);
  const body = blocks.length === 0 ? `<p>${read}</p>` : blocks.map(block).join('\n');
  return `<article><div class="meta">Tekton Approvals ${escaped(where)} ${notes.join(' ')}</div>
<div class="meta">Notification: ${read}</div>
${body}</article>`;
}

type Fields = Readonly<Record<string, unknown>>;

const views: Readonly<Record<string, (fields: Fields) => string>> = {
  header: ({ text }) => `<h2>${textObject(text)}</h2>`,
  section: ({ text }) => `<p>${textObject(text)}</p>`,
  context: ({ elements }) => `<p class="quiet">${list(elements).map(textObject).join(' ')}</p>`,
  divider: () => '<hr>',
  actions: ({ elements }) => `<p>${list(elements).map(button).join(' ')}</p>`,
  rich_text: ({ elements }) => list(elements).map(richElement).join('\n'),
};

function block(value: unknown): string {
  return isFields(value) ? `<div class="block">${views[String(value['type'])]?.(value) ?? ''}</div>` : '';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textObject(value: unknown): string {
  if (!isFields(value)) return '';
  const text = String(value['text']);
  return value['type'] === 'mrkdwn' ? mrkdwn(text) : escaped(text);
}

function button(value: unknown): string {
  if (!isFields(value)) return '';
  return `<a class="button" href="${escaped(String(value['url']))}">${textObject(value['text'])}</a>`;
}

function richElement(value: unknown): string {
  if (!isFields(value)) return '';
  const inside = list(value['elements']).map(piece).join('');
  return value['type'] === 'rich_text_quote' ? `<blockquote>${inside}</blockquote>` : `<p>${inside}</p>`;
}

function piece(value: unknown): string {
  if (!isFields(value)) return '';
  const { type, text, url, style: styles } = value;
  if (type === 'link') return `<a href="${escaped(String(url))}">${escaped(String(text ?? url))}</a>`;
  if (type !== 'text') return `<mark>${escaped(String(type))}</mark>`;
  const own = escaped(String(text));
  if (!isFields(styles)) return own;
  const tags = [...(styles['bold'] === true ? ['b'] : []), ...(styles['italic'] === true ? ['i'] : [])];
  return tags.reduce((inner, tag) => `<${tag}>${inner}</${tag}>`, own);
}

/** Slack's markup as far as it matters here: links, whom it would notify, and bold. */
function mrkdwn(text: string): string {
  return text
    .split(/(<[^>]*>)/u)
    .map((part) => (part.startsWith('<') ? reference(part.slice(1, -1)) : bold(part)))
    .join('')
    .replaceAll(/\*(<a [^>]*>[^<]*<\/a>)\*/gu, '<b>$1</b>');
}

function reference(inside: string): string {
  if (/^[@#!]/u.test(inside)) return `<mark>${escaped(inside)}</mark>`;
  const [url = '', label = url] = inside.split('|');
  if (!/^https?:/u.test(url)) return escaped(`<${inside}>`);
  return `<a href="${escaped(decoded(url))}">${escaped(decoded(label))}</a>`;
}

function bold(text: string): string {
  return escaped(decoded(text)).replaceAll(/\*([^*\n]+)\*/gu, '<b>$1</b>');
}

function decoded(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
