import { Context, Liquid, toValueSync, type Template } from 'liquidjs';
import type { TemplatePart } from './templatename.ts';

/** What one part of a mail may take. The times are far above what a mail needs, so that only a fault meets them. */
const limits = { output: 256 * 1024, renderMs: 500, memory: 5_000_000, source: 256 * 1024 } as const;

/**
 * What templates may use: what shows, chooses and repeats. Left out is whatever would switch the escaping off (raw),
 * reads other files than the given ones (include, layout), evaluates text as a template (the filters on expressions) or
 * keeps output away from the limit (capture, tablerow).
 */
const allowedTags = new Set(
  'assign break case comment continue cycle echo for if raw render unless #'.split(' '),
);
const allowedFilters = new Set(
  [
    'abs append at_least at_most capitalize ceil compact concat date default divided_by downcase first floor join last',
    'lstrip map minus modulo plus prepend remove remove_first replace replace_first reverse round rstrip size slice sort',
    'sort_natural split strip strip_newlines times truncate truncatewords uniq upcase url_encode where',
  ].flatMap((line) => line.split(' ')),
);

/** A template that was read. */
export interface Parsed {
  /** Throws where the data does not have what it uses, or a limit is met. */
  readonly render: (data: object) => string;
}

/** Reads templates of one part of a mail. */
export interface Reader {
  /** Throws where it is no template. */
  readonly parse: (source: string) => Parsed;
}

/**
 * Makes a reader. `shared` are the pieces that templates may render, by the name of their file. Every value is escaped for
 * its part, and nothing in a template can prevent that.
 */
export function liquidReader(part: TemplatePart, shared: ReadonlyMap<string, string>): Reader {
  const engine = new Liquid({
    // Without a prototype, so that no piece is found that was not given.
    templates: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(shared)),
    relativeReference: false,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    ownPropertyOnly: true,
    outputEscape: part === 'html' ? escapeHtml : quoted,
    timezoneOffset: 0,
    locale: 'en-US',
    cache: false,
    parseLimit: limits.source,
    renderLimit: limits.renderMs,
    memoryLimit: limits.memory,
  });
  keepOnly(engine.tags, allowedTags);
  keepOnly(engine.filters, allowedFilters);
  return {
    parse: (source) => {
      const templates = engine.parse(source);
      return { render: (data) => rendered(engine, templates, data) };
    },
  };
}

function keepOnly(known: Record<string, unknown>, allowed: ReadonlySet<string>): void {
  for (const name of Object.keys(known)) if (!allowed.has(name)) delete known[name];
}

/** A value as text. Lists and objects are a mistake of the template: what they look like is of use to nobody. */
function written(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new Error('a list or an object is no text: name a part of it, or use for or join');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, also inside of a quoted attribute. */
export function escapeHtml(value: unknown): string {
  return written(value).replaceAll(/[&<>"']/gu, (character) => entities[character] ?? '');
}

/** In plain text, every further line of a value stands behind `> `: so none of them can pass for one of ours. */
function quoted(value: unknown): string {
  return written(value).replaceAll('\n', '\n> ');
}

/** Renders into a buffer that ends what becomes too long; the library's own grows without limit. */
function rendered(engine: Liquid, templates: Template[], data: object): string {
  const output = {
    buffer: '',
    write(piece: unknown): void {
      this.buffer += written(piece);
      if (this.buffer.length > limits.output)
        throw new Error(`the mail would be longer than ${String(limits.output / 1024)} KiB`);
    },
  };
  const context = new Context(data, engine.options, { sync: true });
  toValueSync(engine.renderer.renderTemplates(templates, context, output));
  return output.buffer;
}
