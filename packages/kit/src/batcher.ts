import { counter, histogram, observe } from './metrics/instruments.ts'

/** How one item of a batch ended. Only `done` came back from `run`. */
export type Outcome<R> =
  | { readonly done: R }
  /** The queue was full: turned away at once. */
  | { readonly refused: 'overloaded' }
  /** The item's deadline passed before its batch left. */
  | { readonly refused: 'deadline' }
  /** `run` threw: whether the item took effect is unknown. */
  | { readonly refused: 'failed'; readonly error: unknown }

export interface BatcherOptions<T, R> {
  /** Under which its waiting is counted; there are few, and each is opened once in a process. */
  readonly name: string
  /** Most items in one batch. */
  readonly itemsMax: number
  /**
   * Longest an item waits for company while it could leave beside a batch under way. With none under way it
   * leaves at the end of this event-loop turn: nobody waits in an idle system.
   */
  readonly waitMs: number
  /** Most items waiting; beyond it `add` answers `overloaded` at once. */
  readonly queueMax: number
  /** Most batches under way at once. While all are, items gather: load itself forms the batches. */
  readonly inFlightMax: number
  /**
   * How much of `itemsMax` and `queueMax` an item takes: for items that are themselves many. Default 1 each.
   */
  readonly sizeOf?: (item: T) => number
  /** Works on a batch; must return one result per item, in order. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>
  /** Milliseconds, monotonic. Given by tests. */
  readonly now?: () => number
}

export interface Batcher<T, R> {
  /** Never rejects. `deadline` is on the clock of `now`; an item not under way by then is dropped. */
  add(item: T, deadline?: number): Promise<Outcome<R>>
  /** The sizes of those that wait, added up. */
  readonly waiting: number
  readonly inFlight: number
  /** Refuses new items and waits until those accepted are answered. */
  close(): Promise<void>
}

interface Entry<T, R> {
  readonly item: T
  readonly size: number
  readonly deadline: number
  readonly since: number
  readonly answer: (outcome: Outcome<R>) => void
}

/**
 * Gathers items that arrive together into batches: one request, one script call or one transaction instead of
 * many. Items leave in the order they came; one that is larger than `itemsMax` leaves alone.
 */
export function openBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  return new Gathering(options)
}

const waits = histogram('stampede.batch.wait.duration')
const refusals = counter('stampede.batch.refused')

class Gathering<T, R> implements Batcher<T, R> {
  readonly #options: BatcherOptions<T, R>
  readonly #sizeOf: (item: T) => number
  readonly #now: () => number
  readonly #queue: Entry<T, R>[] = []
  #waiting = 0
  #inFlight = 0
  #closed = false
  #drained = () => {}
  #turn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #unobserve: () => void

  constructor(options: BatcherOptions<T, R>) {
    this.#options = options
    this.#sizeOf = options.sizeOf ?? (() => 1)
    this.#now = options.now ?? (() => performance.now())
    this.#unobserve = observe('stampede.batch.waiting', () => [[this.#waiting, options.name]])
  }

  get waiting(): number {
    return this.#waiting
  }

  get inFlight(): number {
    return this.#inFlight
  }

  add(item: T, deadline = Number.POSITIVE_INFINITY): Promise<Outcome<R>> {
    const size = this.#sizeOf(item)
    if (this.#closed || this.#waiting + size > this.#options.queueMax) {
      refusals.at(this.#options.name, 'overloaded').add()
      return Promise.resolve({ refused: 'overloaded' })
    }
    return new Promise((answer) => {
      this.#waiting += size
      this.#queue.push({ item, size, deadline, since: this.#now(), answer })
      this.#schedule()
    })
  }

  close(): Promise<void> {
    this.#closed = true
    this.#unobserve()
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve
    })
    this.#schedule()
    this.#settle()
    return drained
  }

  #schedule(): void {
    const [first] = this.#queue
    const { itemsMax, waitMs, inFlightMax } = this.#options
    if (!first || this.#inFlight >= inFlightMax || this.#turn) return
    const left = this.#inFlight === 0 ? 0 : first.since + waitMs - this.#now()
    if (left <= 0 || this.#waiting >= itemsMax || this.#closed) this.#turn = setImmediate(() => this.#flush())
    else this.#timer ??= setTimeout(() => this.#onTimer(), left)
  }

  #onTimer(): void {
    this.#timer = undefined
    if (!this.#turn) this.#flush()
  }

  #flush(): void {
    const { itemsMax, inFlightMax } = this.#options
    this.#turn = undefined
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#queue.length > 0 && this.#inFlight < inFlightMax) {
      const batch = this.#takeLive()
      if (batch.length > 0) void this.#send(batch)
      if (this.#waiting < itemsMax) break
    }
    this.#schedule()
    this.#settle()
  }

  #takeLive(): Entry<T, R>[] {
    const time = this.#now()
    const [first] = this.#queue
    if (first) waits.at(this.#options.name).record((time - first.since) / 1_000)
    return this.#takeFirst().filter((entry) => {
      if (entry.deadline > time) return true
      refusals.at(this.#options.name, 'deadline').add()
      entry.answer({ refused: 'deadline' })
      return false
    })
  }

  #takeFirst(): Entry<T, R>[] {
    let count = 0
    let size = 0
    for (const entry of this.#queue) {
      if (count > 0 && size + entry.size > this.#options.itemsMax) break
      size += entry.size
      count++
    }
    this.#waiting -= size
    return this.#queue.splice(0, count)
  }

  async #send(batch: readonly Entry<T, R>[]): Promise<void> {
    this.#inFlight++
    try {
      const results = await this.#options.run(batch.map((entry) => entry.item))
      if (results.length !== batch.length)
        throw new Error(`${results.length} results for ${batch.length} items`)
      for (const [i, entry] of batch.entries()) entry.answer({ done: results[i] as R })
    } catch (error) {
      for (const entry of batch) entry.answer({ refused: 'failed', error })
    }
    this.#inFlight--
    this.#schedule()
    this.#settle()
  }

  #settle(): void {
    if (this.#closed && this.#queue.length === 0 && this.#inFlight === 0) this.#drained()
  }
}
