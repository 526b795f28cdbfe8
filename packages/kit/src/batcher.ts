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
  /** Most items in one batch. */
  readonly itemsMax: number
  /** Longest an item waits for company while a batch could leave; 0 = until the end of this event-loop turn. */
  readonly waitMs: number
  /** Most items waiting; beyond it `add` answers `overloaded` at once. */
  readonly queueMax: number
  /** Most batches under way at once. While all are, items gather: load itself forms the batches. */
  readonly inFlightMax: number
  /** Works on a batch; must return one result per item, in order. */
  readonly run: (items: readonly T[]) => Promise<readonly R[]>
  /** Milliseconds, monotonic. Given by tests. */
  readonly now?: () => number
}

export interface Batcher<T, R> {
  /** Never rejects. `deadline` is on the clock of `now`; an item not under way by then is dropped. */
  add(item: T, deadline?: number): Promise<Outcome<R>>
  readonly waiting: number
  readonly inFlight: number
  /** Refuses new items and waits until those accepted are answered. */
  close(): Promise<void>
}

interface Entry<T, R> {
  readonly item: T
  readonly deadline: number
  readonly since: number
  readonly answer: (outcome: Outcome<R>) => void
}

/**
 * Gathers items that arrive together into batches: one request, one script call or one transaction instead of many.
 * Items leave in the order they came.
 */
export function openBatcher<T, R>(options: BatcherOptions<T, R>): Batcher<T, R> {
  const { itemsMax, waitMs, queueMax, inFlightMax, run, now = () => performance.now() } = options
  let queue: Entry<T, R>[] = []
  let inFlight = 0
  let closing: (() => void) | undefined
  let closed = false
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined

  function schedule(): void {
    if (queue.length === 0 || inFlight >= inFlightMax || turn) return
    const first = queue[0] as Entry<T, R>
    const left = first.since + waitMs - now()
    if (left <= 0 || queue.length >= itemsMax || closed) turn = setImmediate(flush)
    else timer ??= setTimeout(onTimer, left)
  }

  function onTimer(): void {
    timer = undefined
    if (!turn) flush()
  }

  function flush(): void {
    turn = undefined
    if (timer) clearTimeout(timer)
    timer = undefined
    while (queue.length > 0 && inFlight < inFlightMax) {
      const batch = takeLive(queue.splice(0, itemsMax))
      if (batch.length > 0) void send(batch)
      if (queue.length < itemsMax) break
    }
    schedule()
    settle()
  }

  function takeLive(entries: Entry<T, R>[]): Entry<T, R>[] {
    const time = now()
    return entries.filter((entry) => {
      if (entry.deadline > time) return true
      entry.answer({ refused: 'deadline' })
      return false
    })
  }

  async function send(batch: readonly Entry<T, R>[]): Promise<void> {
    inFlight++
    try {
      const results = await run(batch.map((entry) => entry.item))
      if (results.length !== batch.length) throw new Error(`${results.length} results for ${batch.length} items`)
      batch.forEach((entry, i) => entry.answer({ done: results[i] as R }))
    } catch (error) {
      for (const entry of batch) entry.answer({ refused: 'failed', error })
    }
    inFlight--
    schedule()
    settle()
  }

  function settle(): void {
    if (closed && queue.length === 0 && inFlight === 0) closing?.()
  }

  return {
    add(item, deadline = Number.POSITIVE_INFINITY) {
      if (closed || queue.length >= queueMax) return Promise.resolve({ refused: 'overloaded' })
      return new Promise((answer) => {
        queue.push({ item, deadline, since: now(), answer })
        schedule()
      })
    },
    get waiting() {
      return queue.length
    },
    get inFlight() {
      return inFlight
    },
    close() {
      closed = true
      const drained = new Promise<void>((resolve) => {
        closing = resolve
      })
      schedule()
      settle()
      return drained
    },
  }
}
