/**
 * A fixed set of 32-bit fingerprints, 8 to 16 bytes each: a sale may have a
 * million winners, and each refusal asks it. Open addressing over a table at
 * most half full; zero marks a free slot, so the fingerprint zero is kept apart.
 */
export class PrintSet {
  readonly size: number
  readonly #table: Uint32Array
  readonly #shift: number
  readonly #hasZero: boolean

  /**
   * `bytes`: little-endian uint32s, as `Winners.prints`
   * carries them in base64. A trailing part of one is ignored.
   */
  constructor(bytes: Buffer) {
    this.size = bytes.length >>> 2
    const bits = Math.max(1, 32 - Math.clz32(this.size * 2))
    this.#shift = 32 - bits
    this.#table = new Uint32Array(2 ** bits)
    this.#hasZero = this.#fill(bytes)
  }

  has(print: number): boolean {
    if (print === 0) return this.#hasZero
    return this.#table[this.#slotOf(print)] === print
  }

  #fill(bytes: Buffer): boolean {
    let zero = false
    for (let i = 0; i < this.size; i++) {
      const print = bytes.readUInt32LE(i * 4)
      if (print === 0) zero = true
      else this.#table[this.#slotOf(print)] = print
    }
    return zero
  }

  /** Where this fingerprint is, or the free slot where it would be. */
  #slotOf(print: number): number {
    const mask = this.#table.length - 1
    let slot = Math.imul(print, 0x9e3779b1) >>> this.#shift
    while (this.#table[slot] !== 0 && this.#table[slot] !== print) slot = (slot + 1) & mask
    return slot
  }
}
