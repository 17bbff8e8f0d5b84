/** What one comment may hold. Two limits, because people count characters and Tekton counts bytes. */
export const commentLimits = { codePoints: 1_024, bytes: 2_048 } as const;

/** All comments of one run together, in bytes of UTF-8. */
export const joinedCommentBytes = 16_384;

/** Separates the parts of a joined result; inside a part it becomes the broken bar. */
const bar = '|';
const brokenBar = '\u00a6';

const fullWidthDollar = '\uff04';
const fullWidthBracket = '\uff3b';
const ellipsis = '\u2026';

const encoder = new TextEncoder();

/** Length in bytes of UTF-8. */
export function utf8Bytes(text: string): number {
  return encoder.encode(text).length;
}

export function isTooLong(comment: string): boolean {
  // The cheap bound first: a megabyte is not worth counting.
  if (comment.length > 2 * commentLimits.codePoints) return true;
  return Array.from(comment).length > commentLimits.codePoints || utf8Bytes(comment) > commentLimits.bytes;
}

/** True where a reader would see nothing: spaces, control and format characters only. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text);
}

/** Line breaks as line feeds, and no other control character but the tab: no environment variable can hold a NUL. */
export function withoutControls(text: string): string {
  return text.replaceAll(/\r\n?/gu, '\n').replaceAll(/(?![\n\t])\p{Cc}/gu, '');
}

/**
 * Text of people, made safe as a Tekton result. Tekton substitutes `$(...)` in a result once more where it is used,
 * and turns a string that parses as a JSON array into an array (pkg/reconciler/pipelinerun/resources/
 * resultrefresolution.go and pipelinerunresolution.go). So the first character of either shape becomes its full-width
 * form; apart from control characters everything else stays as it was. Doing it twice changes nothing more.
 */
export function neutralise(text: string): string {
  const harmless = withoutSubstitution(text);
  return isJsonArray(harmless) ? harmless.replace('[', fullWidthBracket) : harmless;
}

/** A dollar sign at the end counts, too: a pipeline may write what begins with a parenthesis right behind it. */
function withoutSubstitution(text: string): string {
  return withoutControls(text).replaceAll(/\$(?=\(|$)/gu, fullWidthDollar);
}

function isJsonArray(text: string): boolean {
  if (!text.trimStart().startsWith('[')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Joins parts with a bar, neutralised, so that splitting at the bar gives as many parts again. */
export function joinParts(parts: readonly string[]): string {
  return neutralise(parts.map(asPart).join(bar));
}

function asPart(text: string): string {
  return withoutSubstitution(text).replaceAll(bar, brokenBar);
}

/**
 * Like `joinParts`, but at most `bytes` of UTF-8. If it would be more, no part keeps more than an equal share of them,
 * cut between code points and marked with an ellipsis.
 */
export function joinPartsWithin(parts: readonly string[], bytes: number): string {
  const joined = joinParts(parts);
  if (utf8Bytes(joined) <= bytes) return joined;
  // One bar less than parts, and two bytes in reserve: a bracket grows by two when the whole is neutralised.
  const share = Math.floor((bytes - (parts.length - 1) - 2) / parts.length);
  return joinParts(parts.map((part) => cut(asPart(part), share)));
}

/** The longest beginning of whole code points that fits into so many bytes, the ellipsis that marks the cut included. */
function cut(text: string, bytes: number): string {
  if (utf8Bytes(text) <= bytes) return text;
  const room = Math.max(0, bytes - utf8Bytes(ellipsis));
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  return text.slice(0, read) + ellipsis;
}
