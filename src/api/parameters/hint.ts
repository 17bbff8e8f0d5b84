/**
 * The one of `known` that somebody probably meant by `given`, or undefined. Case and separators do not count, one
 * wrong letter in four does not either. It only ever feeds a sentence: nothing is accepted because it is close.
 */
function closest<T extends string>(given: string, known: readonly T[]): T | undefined {
  const wanted = plain(given);
  if (wanted === '' || wanted.length > longest) return undefined;
  let best: { name: T; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(wanted, plain(name));
    if (distance <= Math.floor(plain(name).length / 4) && distance < (best?.distance ?? Infinity)) {
      best = { name, distance };
    }
  }
  return best?.name;
}

/** A hint as the end of a sentence, or nothing. */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = closest(given, known);
  return name === undefined ? '' : ` (did you mean ${name}?)`;
}

/** No name of ours is longer; what is longer is not close to any. */
const longest = 40;

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_.-]/g, '');
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
