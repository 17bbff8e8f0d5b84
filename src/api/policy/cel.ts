/** A CEL string literal. User names hold no control characters; JSON's escapes for the rest are CEL's too. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** A CEL list of string literals. */
export function list(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`;
}
