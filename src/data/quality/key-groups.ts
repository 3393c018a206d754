/** Numbers (of records) by key; a key that is seen once costs one entry of a map and no array. */
export class KeyGroups {
  private readonly first = new Map<number, number>();
  private readonly more = new Map<number, number[]>();

  /** @returns whether the key is new */
  add(key: number, id: number): boolean {
    const first = this.first.get(key);
    if (first === undefined) {
      this.first.set(key, id);
      return true;
    }
    const group = this.more.get(key);
    if (group) group.push(id);
    else this.more.set(key, [first, id]);
    return false;
  }

  /** Groups of two or more, each in the order of arrival. */
  groups(): Iterable<number[]> {
    return this.more.values();
  }
}

/** Which records belong together: union-find with path halving. */
export class Components {
  private readonly parent = new Map<number, number>();

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
    if (rootA === rootB) return;
    this.parent.set(Math.max(rootA, rootB), Math.min(rootA, rootB));
    this.parent.set(Math.min(rootA, rootB), Math.min(rootA, rootB));
  }

  areJoined(a: number, b: number): boolean {
    return this.rootOf(a) === this.rootOf(b);
  }

  /** Each component once, its members in ascending order. */
  groups(): number[][] {
    const groups = new Map<number, number[]>();
    for (const id of [...this.parent.keys()].sort((a, b) => a - b)) {
      const root = this.rootOf(id);
      const group = groups.get(root);
      if (group) group.push(id);
      else groups.set(root, [id]);
    }
    return [...groups.values()];
  }

  private rootOf(id: number): number {
    let at = id;
    for (;;) {
      const up = this.parent.get(at) ?? at;
      if (up === at) return at;
      const above = this.parent.get(up) ?? up;
      this.parent.set(at, above);
      at = above;
    }
  }
}
