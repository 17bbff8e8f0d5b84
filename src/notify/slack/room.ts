/** Characters that a value takes in a request, where a line break is two and a quotation mark, too. */
export function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/**
 * The text where it fits into `room` characters of a request, else its beginning and an ellipsis; empty where not even
 * that fits. Never splits a surrogate pair. `written` is how each character goes out.
 */
export function fitting(
  text: string,
  room: number,
  written: (character: string) => string = (character) => character,
): string {
  const costs = Array.from(text, (character) => sizeOf(written(character)) - 2);
  const whole = costs.reduce((sum, cost) => sum + cost, 0);
  if (whole <= room) return text;
  let left = room - 1;
  const end = costs.findIndex((cost) => (left -= cost) < 0);
  return end <= 0 ? '' : `${Array.from(text).slice(0, end).join('')}…`;
}
