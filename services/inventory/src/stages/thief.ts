import type { Log } from '@stampede/kit/log'
import type { Gate } from '../adapters/gate-redis.ts'
import type { Ledger } from '../adapters/ledger-postgres.ts'
import type { Rebuild } from './rebuild.ts'

export interface ThiefDeps {
  readonly gate: Gate
  readonly ledger: Ledger
  readonly rebuild: Rebuild
  readonly log: Log
}

/** So many units are wanted in one of a sale's segments. */
export interface Need {
  readonly segments: readonly string[]
  readonly to: string
  readonly units: number
}

/** `moved`: it is worth another try. `empty`: all segments were. `in-doubt`: not every view could be seen. */
export type Theft = 'moved' | 'empty' | 'in-doubt'

/** Steals one claim may wait for. Each moves half of the fullest, which others in the same need may get. */
export const STEALS_MAX = 50

/** Moves units nobody has from the fullest segment of a sale to one that needs them. */
export class Thief {
  readonly #deps: ThiefDeps
  /** One steal at a time for each segment; whoever needs it, too, waits for it. */
  readonly #stealing = new Map<string, Promise<Theft>>()

  constructor(deps: ThiefDeps) {
    this.#deps = deps
  }

  /** Never rejects. */
  steal(need: Need): Promise<Theft> {
    const already = this.#stealing.get(need.to)
    if (already) return already
    const steal = this.#stealOnce(need)
      .catch((error: unknown) => {
        this.#deps.log.warn({ err: error, segmentId: need.to }, 'no units stolen')
        return 'in-doubt' as const
      })
      .finally(() => this.#stealing.delete(need.to))
    this.#stealing.set(need.to, steal)
    return steal
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#stealing.values())
  }

  /**
   * Out of the fullest view, then from row to row in one transaction, then into the empty view. Killed after
   * the first step, a view shows less than its row; after the second, the other does: the reconciler sees
   * the difference stand still and rebuilds that view from its row. The rows are right at every moment.
   */
  async #stealOnce({ segments, to, units }: Need): Promise<Theft> {
    const { gate, ledger, rebuild } = this.#deps
    const views = await Promise.all(segments.map((segmentId) => gate.look(segmentId)))
    const seen = views.filter((view) => view !== undefined)
    const target = seen.find((view) => view.saleId === to)
    if (!target || seen.length < views.length) {
      // The reconciler looks at living sales only, and late money comes to others, too.
      for (const [i, view] of views.entries()) if (!view) void rebuild(segments[i] as string, 'view missing')
      return 'in-doubt'
    }
    const others = seen.filter((view) => view.saleId !== to && view.left > 0)
    const [fullest] = others.sort((a, b) => b.left - a.left)
    if (!fullest) return target.left >= units ? 'moved' : 'empty'
    const wanted = Math.min(fullest.left, Math.max(units - target.left, Math.ceil(fullest.left / 2)))
    if (!(await gate.shift(fullest.saleId, fullest.epoch, -wanted))) return 'moved'
    const moved = await ledger.move(fullest.saleId, to, wanted).catch(() => false)
    if (!moved) await rebuild(fullest.saleId, 'units did not move')
    else if (!(await gate.shift(to, target.epoch, wanted))) await rebuild(to, 'units moved in')
    return 'moved'
  }
}
