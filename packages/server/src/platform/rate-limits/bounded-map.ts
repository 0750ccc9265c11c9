/** A map that forgets the oldest tenth of its entries when it is full: for what can be asked for again. */
export class BoundedMap<Key, Value> extends Map<Key, Value> {
  readonly #capacity: number;

  constructor(capacity: number) {
    super();
    this.#capacity = capacity;
  }

  override set(key: Key, value: Value): this {
    if (this.size >= this.#capacity && !this.has(key)) this.#makeRoom();
    return super.set(key, value);
  }

  #makeRoom(): void {
    for (const key of this.keys()) {
      if (this.size < this.#capacity * 0.9) return;
      this.delete(key);
    }
  }
}
