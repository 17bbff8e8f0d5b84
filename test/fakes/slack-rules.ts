/**
 * What Slack accepts as a message, from its own documents: https://docs.slack.dev/reference/block-kit (blocks, elements
 * and their limits), https://docs.slack.dev/reference/methods/chat.postMessage (words of errors), and for the limit on
 * the sum https://github.com/slackapi/bolt-js/issues/2509. Where Slack truncates or is silent, this refuses.
 */

/** What is posted, by a webhook or through the Web API. */
export interface Posted {
  readonly text?: unknown;
  readonly blocks?: unknown;
  readonly parse?: unknown;
  readonly link_names?: unknown;
}

export type Mode = 'webhook' | 'app';

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const mostBlocks = 50;
/** Characters of all blocks together. */
const mostInSum = 13_200;
const mostText = 40_000;

/** The word by which Slack refuses this, or undefined. */
export function refusalOf({ text: words = '', blocks }: Posted, mode: Mode): string | undefined {
  if (typeof words !== 'string') return 'invalid_arguments';
  if (words.length > mostText) return 'msg_too_long';
  if (blocks !== undefined && !Array.isArray(blocks)) return 'invalid_blocks_format';
  const all: readonly unknown[] = blocks ?? [];
  return words === '' && all.length === 0 ? 'no_text' : refusalOfBlocks(all, mode);
}

function refusalOfBlocks(all: readonly unknown[], mode: Mode): string | undefined {
  if (all.length > mostBlocks || !all.every((block) => isBlock(block, mode))) return 'invalid_blocks';
  return JSON.stringify(all).length > mostInSum ? 'msg_blocks_too_long' : undefined;
}

/** Everybody and every channel that a message would notify or link to, as it is written there. */
export function pingsOf({ text: words, blocks, parse, link_names: names }: Posted): readonly string[] {
  const marked = [words, ...found(blocks, isMrkdwn).map(({ text: own }) => own)].filter(
    (own) => typeof own === 'string',
  );
  const isLoose = (parse !== undefined && parse !== 'none') || names === true || names === 1;
  const written = isLoose ? /<[@#!][^>]*>|[@#]\w+/gu : /<[@#!][^>]*>/gu;
  const elements = found(blocks, ({ type }) => pinging.includes(String(type)));
  return [...marked.flatMap((own) => own.match(written) ?? []), ...elements.map(({ type }) => String(type))];
}

/** Elements of rich text that notify or link to somebody. */
const pinging: readonly string[] = ['broadcast', 'user', 'usergroup', 'channel', 'team'];

function isMrkdwn({ type }: Fields): boolean {
  return type === 'mrkdwn';
}

/** Every object within a value of which this is true. */
export function found(value: unknown, is: (fields: Fields) => boolean): readonly Fields[] {
  if (Array.isArray(value)) return value.flatMap((one) => found(one, is));
  if (!isFields(value)) return [];
  return [...(is(value) ? [value] : []), ...Object.values(value).flatMap((one) => found(one, is))];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text =
  (min: number, max: number): Check =>
  (value) =>
    typeof value === 'string' && value.length >= min && value.length <= max;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const listOf =
  (check: Check, max: number): Check =>
  (value) =>
    Array.isArray(value) && value.length >= 1 && value.length <= max && value.every(check);
const anyOf =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const url: Check = (value) =>
  text(1, 3000)(value) && /^https?:$/.test(URL.parse(String(value))?.protocol ?? '');
const flag: Check = (value) => typeof value === 'boolean';

/** An object of this type with exactly these fields. Slack refuses fields that it does not know. */
const shape =
  (
    type: string,
    needed: Readonly<Record<string, Check>>,
    more: Readonly<Record<string, Check>> = {},
  ): Check =>
  (value) => {
    if (!isFields(value) || value['type'] !== type) return false;
    const known = new Map(Object.entries({ ...needed, ...more, type: oneOf(type) }));
    return (
      Object.keys(needed).every((name) => name in value) &&
      Object.entries(value).every(([name, own]) => known.get(name)?.(own) ?? false)
    );
  };

const mostInText = 3000;
const plainText = (max: number): Check => shape('plain_text', { text: text(1, max) }, { emoji: flag });
const mrkdwn = (max: number): Check => shape('mrkdwn', { text: text(1, max) }, { verbatim: flag });
const anyText = (max: number): Check => anyOf(plainText(max), mrkdwn(max));

const button = shape(
  'button',
  { text: plainText(75) },
  {
    action_id: text(1, 255),
    url,
    value: text(1, 2000),
    style: oneOf('primary', 'danger'),
    accessibility_label: text(1, 75),
  },
);

const style: Check = (value) =>
  isFields(value) &&
  Object.entries(value).every(
    ([name, own]) => ['bold', 'italic', 'strike', 'code'].includes(name) && flag(own),
  );

const piece = anyOf(
  shape('text', { text: text(1, Number.MAX_SAFE_INTEGER) }, { style }),
  shape('link', { url }, { text: text(1, mostInText), style, unsafe: flag }),
  shape('emoji', { name: text(1, 255) }),
  shape('broadcast', { range: oneOf('here', 'channel', 'everyone') }, { style }),
  shape('user', { user_id: text(1, 255) }, { style }),
  shape('usergroup', { usergroup_id: text(1, 255) }, { style }),
  shape('channel', { channel_id: text(1, 255) }, { style }),
);
const pieces = listOf(piece, Number.MAX_SAFE_INTEGER);
const richSection = shape('rich_text_section', { elements: pieces });
const richElement = anyOf(
  richSection,
  shape('rich_text_quote', { elements: pieces }, { border: oneOf(0, 1) }),
  shape('rich_text_preformatted', { elements: pieces }, { border: oneOf(0, 1) }),
  shape(
    'rich_text_list',
    { style: oneOf('bullet', 'ordered'), elements: listOf(richSection, Number.MAX_SAFE_INTEGER) },
    { indent: oneOf(0, 1, 2, 3, 4, 5, 6), border: oneOf(0, 1) },
  ),
);

const blockId = { block_id: text(1, 255) };
const still = anyOf(
  shape('header', { text: plainText(150) }, blockId),
  shape('divider', {}, blockId),
  shape(
    'section',
    { text: anyText(mostInText) },
    { ...blockId, fields: listOf(anyText(2000), 10), expand: flag },
  ),
  shape('section', { fields: listOf(anyText(2000), 10) }, blockId),
  shape('context', { elements: listOf(anyText(mostInText), 10) }, blockId),
  shape('rich_text', { elements: listOf(richElement, Number.MAX_SAFE_INTEGER) }, blockId),
);
const interactive = anyOf(
  shape('actions', { elements: listOf(button, 25) }, blockId),
  shape('section', { text: anyText(mostInText), accessory: button }, blockId),
);

/**
 * A click on a button is posted to the app, and shows a warning where nobody answers in time. A webhook has nobody to
 * answer, so there this refuses what Slack would take.
 */
function isBlock(value: unknown, mode: Mode): boolean {
  return still(value) || (mode === 'app' && interactive(value));
}
