/**
 * Waits until a look finds something, and returns it. The limit is generous, so that a slow machine makes a test slow
 * and not red.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  limitMs = 60_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${String(limitMs / 1000)} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
