/** The value below which that share of the values lies, by nearest rank: always one that was measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Rounded as it is shown, so that a figure that reads like its budget holds it. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
