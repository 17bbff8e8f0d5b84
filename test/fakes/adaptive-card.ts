import { z } from 'zod';
import { escaped } from './inbox.ts';

/**
 * The part of the published schema of Adaptive Cards 1.4 (https://adaptivecards.io/schemas/1.4.0/adaptive-card.json)
 * that is text, with every property that it gives these elements. What it has besides (images, inputs, media, columns and
 * the actions that only a bot understands) is refused here. `msteams` is Teams' own addition.
 */

const spacing = z.enum(['default', 'none', 'small', 'medium', 'large', 'extraLarge', 'padding']);
const colors = z.enum(['default', 'dark', 'light', 'accent', 'good', 'warning', 'attention']);
const alignment = z.enum(['left', 'center', 'right']);
const font = {
  color: colors.optional(),
  fontType: z.enum(['default', 'monospace']).optional(),
  isSubtle: z.boolean().optional(),
  size: z.enum(['default', 'small', 'medium', 'large', 'extraLarge']).optional(),
  weight: z.enum(['default', 'lighter', 'bolder']).optional(),
};
const element = {
  fallback: z.literal('drop').optional(),
  height: z.enum(['auto', 'stretch']).optional(),
  separator: z.boolean().optional(),
  spacing: spacing.optional(),
  id: z.string().optional(),
  isVisible: z.boolean().optional(),
  requires: z.record(z.string(), z.string()).optional(),
};

const textBlock = z.strictObject({
  type: z.literal('TextBlock'),
  text: z.string(),
  ...font,
  horizontalAlignment: alignment.optional(),
  maxLines: z.number().optional(),
  wrap: z.boolean().optional(),
  ...element,
});

const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: z.string(),
  ...font,
  highlight: z.boolean().optional(),
  italic: z.boolean().optional(),
  strikethrough: z.boolean().optional(),
  underline: z.boolean().optional(),
});

const richTextBlock = z.strictObject({
  type: z.literal('RichTextBlock'),
  inlines: z.array(textRun),
  horizontalAlignment: alignment.optional(),
  ...element,
});

const factSet = z.strictObject({
  type: z.literal('FactSet'),
  facts: z.array(
    z.strictObject({ type: z.literal('Fact').optional(), title: z.string(), value: z.string() }),
  ),
  ...element,
});

const style = z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent']);

type Leaf = z.infer<typeof textBlock> | z.infer<typeof richTextBlock> | z.infer<typeof factSet>;
type CardElement =
  | Leaf
  | {
      readonly type: 'Container';
      readonly items: readonly CardElement[];
      readonly style?: z.infer<typeof style> | undefined;
    };

const container: z.ZodType<CardElement> = z.strictObject({
  type: z.literal('Container'),
  items: z.array(z.lazy(() => elements)),
  style: style.optional(),
  bleed: z.boolean().optional(),
  minHeight: z.string().optional(),
  verticalContentAlignment: z.enum(['top', 'center', 'bottom']).optional(),
  ...element,
});

const elements: z.ZodType<CardElement> = z.union([textBlock, richTextBlock, factSet, container]);

/** A webhook's card has nobody to submit to: `Action.Submit` and `Action.Execute` are for bots. */
const openUrl = z.strictObject({
  type: z.literal('Action.OpenUrl'),
  url: z.url({ protocol: /^https?$/ }),
  title: z.string().optional(),
  style: z.enum(['default', 'positive', 'destructive']).optional(),
  id: z.string().optional(),
});

/** The highest version that cards of Teams webhooks are made in. */
const version = z.string().refine((text) => /^1\.[0-4]$/.test(text), 'must be 1.0 to 1.4');

export const adaptiveCard = z.strictObject({
  $schema: z.url().optional(),
  type: z.literal('AdaptiveCard'),
  version,
  body: z.array(elements).optional(),
  actions: z.array(openUrl).optional(),
  fallbackText: z.string().optional(),
  minHeight: z.string().optional(),
  speak: z.string().optional(),
  lang: z.string().optional(),
  verticalContentAlignment: z.enum(['top', 'center', 'bottom']).optional(),
  msteams: z.strictObject({ width: z.literal('Full').optional() }).optional(),
});
export type AdaptiveCard = z.infer<typeof adaptiveCard>;

/** The card as HTML, with the Markdown that Teams would make something of. */
export function drawn({ body = [], actions = [] }: AdaptiveCard): string {
  const links = actions.map(
    ({ title = '', url }) => `<p><a class="action" href="${escaped(url)}">${escaped(title)}</a></p>`,
  );
  return `<article>${body.map(drawnElement).join('')}${links.join('')}</article>`;
}

function drawnElement(one: CardElement): string {
  switch (one.type) {
    case 'TextBlock':
      return `<p class="${one.size ?? ''}">${strong(markdown(one.text), one.weight)}</p>`;
    case 'RichTextBlock':
      return `<p>${one.inlines.map(({ text, weight }) => strong(escaped(dated(text)), weight)).join('')}</p>`;
    case 'FactSet':
      return `<dl>${one.facts.map(({ title, value }) => `<dt>${markdown(title)}</dt><dd>${markdown(value)}</dd>`).join('')}</dl>`;
    case 'Container':
      return `<div class="${one.style ?? ''}">${one.items.map(drawnElement).join('')}</div>`;
  }
}

function strong(html: string, weight: string | undefined): string {
  return weight === 'bolder' ? `<strong>${html}</strong>` : html;
}

/** Markdown as "Text features" of Adaptive Cards lists it: bold, italic, lists and links; bare ones, too, as some clients do. */
function markdown(text: string): string {
  return escaped(dated(text))
    .replaceAll(/\[([^\]]*)\]\(([^)]*)\)/g, '<a href="$2">$1</a>')
    .replaceAll(/(?<!")\bhttps?:\/\/\S+/g, '<a href="$&">$&</a>')
    .replaceAll(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replaceAll(/_(.+?)_/g, '<i>$1</i>')
    .replaceAll(/^(?:-|\d+\.) (.*)$/gm, '<li>$1</li>');
}

/** The date functions of "Text features", which apply to every text. */
function dated(text: string): string {
  return text.replaceAll(/\{\{(?:DATE|TIME)\(([^)]*)\)\}\}/g, 'the moment $1');
}

/** Every text of a card, in order, with whether it is Markdown. */
export function textsOf({ body = [] }: AdaptiveCard): { text: string; isMarkdown: boolean }[] {
  return body.flatMap(textsIn);
}

function textsIn(one: CardElement): { text: string; isMarkdown: boolean }[] {
  switch (one.type) {
    case 'TextBlock':
      return [{ text: one.text, isMarkdown: true }];
    case 'RichTextBlock':
      return [{ text: one.inlines.map(({ text }) => text).join(''), isMarkdown: false }];
    case 'FactSet':
      return one.facts.flatMap(({ title, value }) =>
        [title, value].map((text) => ({ text, isMarkdown: true })),
      );
    case 'Container':
      return one.items.flatMap(textsIn);
  }
}
