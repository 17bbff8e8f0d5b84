/**
 * The blocks that messages to Slack are made of (https://docs.slack.dev/reference/block-kit), as far as we send them.
 *
 * Whatever people wrote stands in `rich_text` and `plain_text` alone. Slack takes the text of both as it is: nothing in
 * it is bold, a link or an emoji, and nothing notifies anybody. `mrkdwn` holds our own words and a link.
 */
export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] }
  | { readonly type: 'actions'; readonly elements: readonly Button[] }
  | { readonly type: 'rich_text'; readonly elements: readonly Rich[] };

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  /** False: `:name:` stays as it is. */
  readonly emoji: false;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** True: Slack makes no links of its own. */
  readonly verbatim: true;
}

interface Button {
  readonly type: 'button';
  readonly text: PlainText;
  readonly url: string;
  readonly action_id: string;
}

/** A paragraph, or a quotation with a bar beside it. */
export interface Rich {
  readonly type: 'rich_text_section' | 'rich_text_quote';
  readonly elements: readonly RichText[];
}

type RichText =
  | {
      readonly type: 'text';
      readonly text: string;
      readonly style?: { readonly bold?: true; readonly italic?: true };
    }
  | { readonly type: 'link'; readonly url: string };

export function header(text: string): Block {
  return { type: 'header', text: plainText(text) };
}

export function context(text: string): Block {
  return { type: 'context', elements: [plainText(text)] };
}

/** Nothing for no paragraphs: Slack refuses an empty block. */
export function rich(elements: readonly Rich[]): readonly Block[] {
  return elements.length === 0 ? [] : [{ type: 'rich_text', elements: joined(elements) }];
}

/** Paragraphs that follow each other become one of several lines: what Slack puts between them is not documented. */
function joined(elements: readonly Rich[]): readonly Rich[] {
  return elements.reduce<readonly Rich[]>((before, next) => {
    const last = before.at(-1);
    const isOne = last?.type === 'rich_text_section' && next.type === 'rich_text_section';
    if (!isOne) return [...before, next];
    const lines = [...last.elements, { type: 'text', text: '\n' } as const, ...next.elements];
    return [...before.slice(0, -1), { ...last, elements: lines }];
  }, []);
}

/** A link in the text, which needs nobody to take notice of a click. */
export function link(label: string, url: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: `*<${inMarkup(url)}|${label}>*`, verbatim: true } };
}

/** A button that opens an address in the browser. */
export function button(label: string, url: string): Block {
  const own = { type: 'button', text: plainText(label), url, action_id: 'open_request' } as const;
  return { type: 'actions', elements: [own] };
}

/** A name and a value, each optional, in one paragraph. */
export function paragraph(name: string, value: string): Rich {
  return { type: 'rich_text_section', elements: named(name, value) };
}

/** Somebody else's words, set apart from ours. */
export function quote(name: string, value: string): Rich {
  return { type: 'rich_text_quote', elements: named(name, value) };
}

/** The address of a page that somebody shows: what is read is where it leads. */
export function quotedLink(name: string, url: string): Rich {
  const [label] = named(name, '');
  return {
    type: 'rich_text_quote',
    elements: [...(label === undefined ? [] : [label]), { type: 'link', url }],
  };
}

/** A line of ours above others. */
export function heading(text: string): Rich {
  return { type: 'rich_text_section', elements: [{ type: 'text', text, style: { bold: true } }] };
}

/** A line of ours about others. */
export function aside(text: string): Rich {
  return { type: 'rich_text_section', elements: [{ type: 'text', text, style: { italic: true } }] };
}

function named(name: string, value: string): readonly RichText[] {
  const joint = name === '' ? '' : value.includes('\n') ? ':\n' : ': ';
  const bold: RichText = { type: 'text', text: name + joint, style: { bold: true } };
  const plain: RichText = { type: 'text', text: value };
  return [...(name === '' ? [] : [bold]), ...(value === '' ? [] : [plain])];
}

function plainText(text: string): PlainText {
  return { type: 'plain_text', text, emoji: false };
}

/**
 * Text for where Slack reads markup. Only these three characters begin any
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping).
 */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A URL between `<` and `|`, which ends at neither. */
function inMarkup(url: string): string {
  return escaped(url.replaceAll('<', '%3C').replaceAll('>', '%3E').replaceAll('|', '%7C'));
}
