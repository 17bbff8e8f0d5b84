/** Items of one party in the order they came, at constant cost: `Array.shift` moves the whole rest each time. */
class Line<T> {
  #items: T[] = [];
  #head = 0;

  get empty(): boolean {
    return this.#head === this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (!this.empty) this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/**
 * Items that wait, each for a party. First in, first out within a party; between parties one after the other takes its
 * turn with one item, so that a party with thousands waiting costs another at most one turn for each of its own.
 */
export class FairQueue<T> {
  readonly #lines = new Map<string, Line<T>>();
  /** The parties that have something waiting, each once, the next to take its turn first. */
  #turns = new Line<string>();

  push(party: string, item: T): void {
    const line = this.#lines.get(party);
    if (line !== undefined) {
      line.push(item);
      return;
    }
    const fresh = new Line<T>();
    fresh.push(item);
    this.#lines.set(party, fresh);
    this.#turns.push(party);
  }

  /** The next item; undefined where nothing waits. */
  shift(): T | undefined {
    const party = this.#turns.shift();
    const line = party === undefined ? undefined : this.#lines.get(party);
    if (party === undefined || line === undefined) return undefined;
    const item = line.shift();
    if (line.empty) this.#lines.delete(party);
    else this.#turns.push(party);
    return item;
  }

  clear(): void {
    this.#lines.clear();
    this.#turns = new Line();
  }
}
