/** Something that happened to a sale's stock: who read or wrote what, and when. */
export interface Sight {
  /** Milliseconds since the epoch, with fractions. */
  readonly at: number
  /** The process, thread or request that did it. */
  readonly who: string
  readonly what: 'read' | 'write'
  readonly claimId: string
  /** Units: what was read, or what was written. */
  readonly stock?: number
}

/** What counts beside the answers. Each grows from nought when the sale is loaded. */
export interface Figures {
  poolWaits: number
  poolTimeouts: number
  lockWaits: number
  lockTimeouts: number
  retries: number
}

/** Of each sale what was noted of it, to travel from one process to another. */
export type Notes = readonly (readonly [
  saleId: string,
  { readonly figures: Figures; readonly sights: Sight[] },
])[]

const SIGHTS_MAX = 5_000
const SALES_MAX = 20

/** Remembers what the stages of the last sales went through: for the story's table and its replay. */
export class Witness {
  readonly #sales = new Map<string, { figures: Figures; sights: Sight[] }>()

  /** The counters of a sale, to be added to. */
  figures(saleId: string): Figures {
    return this.#of(saleId).figures
  }

  /** Notes what happened, now unless it says when; beyond 5,000 sights of a sale it is no longer noted. */
  see(saleId: string, sight: Omit<Sight, 'at'> & { readonly at?: number }): void {
    const { sights } = this.#of(saleId)
    if (sights.length < SIGHTS_MAX) sights.push({ at: performance.timeOrigin + performance.now(), ...sight })
  }

  /** The sights in the order in which they happened; none when nothing happened to that sale lately. */
  tell(saleId: string): { readonly figures: Figures; readonly sights: readonly Sight[] } {
    const { figures, sights } = this.#sales.get(saleId) ?? nothing()
    return { figures, sights: sights.toSorted((one, other) => one.at - other.at) }
  }

  /** Gives away all that was noted, and forgets it. */
  drain(): Notes {
    const notes = [...this.#sales]
    this.#sales.clear()
    return notes
  }

  /** Takes in what another process noted. */
  add(notes: Notes): void {
    for (const [saleId, theirs] of notes) {
      const { figures, sights } = this.#of(saleId)
      for (const name of Object.keys(figures) as (keyof Figures)[]) figures[name] += theirs.figures[name]
      sights.push(...theirs.sights.slice(0, SIGHTS_MAX - sights.length))
    }
  }

  #of(saleId: string): { figures: Figures; sights: Sight[] } {
    let found = this.#sales.get(saleId)
    if (!found) {
      const [oldest] = this.#sales.keys()
      if (oldest !== undefined && this.#sales.size >= SALES_MAX) this.#sales.delete(oldest)
      found = nothing()
      this.#sales.set(saleId, found)
    }
    return found
  }
}

function nothing(): { figures: Figures; sights: Sight[] } {
  return { figures: { poolWaits: 0, poolTimeouts: 0, lockWaits: 0, lockTimeouts: 0, retries: 0 }, sights: [] }
}
