import type { Alarm, Measured } from '@stampede/contracts/watch'
import type { Log } from '../log.ts'

/** A number to be watched. Without a limit it is only counted. */
export interface Measure extends Measured {
  /** How long it may be over its limit; default 0: at once. For what may be so in passing. */
  readonly forMs?: number
}

interface Standing {
  /** By the monotonic clock; for telling, `since` is the same moment as people write it. */
  readonly overAt: number
  readonly since: string
  raised: boolean
}

/** Turns measures into alarms, each logged once when it is raised and once when it is over. */
export class Alarms {
  readonly #log: Log
  readonly #over = new Map<string, Standing>()
  readonly #last = new Map<string, Measure>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Takes what one look saw, at the time `now` in monotonic milliseconds. */
  see(measures: readonly Measure[], now = performance.now()): void {
    for (const measure of measures) {
      this.#last.set(measure.name, measure)
      if (isOver(measure)) this.#keep(measure, now)
      else this.#end(measure)
    }
  }

  /** Nobody could look: what was over its limit for a while may not have been so since. */
  forgive(names: Iterable<string>): void {
    for (const name of names) if (!this.#over.get(name)?.raised) this.#over.delete(name)
  }

  get measures(): Measured[] {
    return [...this.#last.values()].map(({ name, value, limit }) => ({
      ...{ name, value },
      ...(limit !== undefined && { limit }),
    }))
  }

  get alarms(): Alarm[] {
    return [...this.#over].flatMap(([name, { since, raised }]) => {
      const { value, limit = 0 } = this.#last.get(name) as Measure
      return raised ? [{ name, value, limit, since }] : []
    })
  }

  valueOf(name: string): number | undefined {
    return this.#last.get(name)?.value
  }

  #keep({ name, value, limit, forMs = 0 }: Measure, now: number): void {
    const standing = this.#over.get(name) ?? { overAt: now, since: new Date().toISOString(), raised: false }
    this.#over.set(name, standing)
    if (standing.raised || now - standing.overAt < forMs) return
    standing.raised = true
    this.#log.error({ alarm: name, value, limit, since: standing.since }, 'alarm')
  }

  #end({ name, value, limit }: Measure): void {
    const standing = this.#over.get(name)
    this.#over.delete(name)
    if (standing?.raised) this.#log.info({ alarm: name, value, limit, since: standing.since }, 'alarm over')
  }
}

function isOver({ value, limit }: Measure): boolean {
  return limit !== undefined && value > limit
}
