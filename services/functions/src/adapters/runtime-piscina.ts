import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { FunctionContext, FunctionEvent, FunctionName } from '@stampede/contracts/functions'
import pLimit from 'p-limit'
import { Piscina } from 'piscina'
import type { Task } from './thread.ts'

const THREAD = new URL('thread.ts', import.meta.url).href
/** Threads at once when each call starts its own. */
const COLD_AT_ONCE = 2
/** Megabytes a function may use before its thread ends. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 }
const CLOSE_MS = 1_000

export interface RuntimeOptions {
  /** Folder of the modules, `<name>.ts`. */
  readonly dir: string
  /** Threads kept warm; with 0 each call starts and ends one of its own. */
  readonly threads: number
  readonly callMs: number
  /** Calls that may wait for a thread. */
  readonly waitingMax: number
}

/** What came of a call: its result as text, or why there is none. `full`: it was not even tried. */
export type Ran = { readonly text: string } | { readonly failed: string } | 'full'

export interface Runtime {
  /** Never rejects. */
  run(name: FunctionName, event: FunctionEvent, context: FunctionContext): Promise<Ran>
  readonly full: boolean
  /** Ends all threads, busy or not. */
  close(): Promise<void>
}

/**
 * Runs functions in threads. One that throws, hangs, eats memory or ends its thread fails its own call, and
 * the thread is replaced. A function sees no environment variables, so no secrets.
 */
export function openRuntime({ dir, threads, callMs, waitingMax }: RuntimeOptions): Runtime {
  const warm = threads > 0 ? openPool(threads, threads) : undefined
  // Waiting is done here, so that the time of a call begins when a thread is free for it.
  const limit = pLimit(threads || COLD_AT_ONCE)
  const isFull = () => limit.pendingCount >= waitingMax

  async function runOnce(task: Task): Promise<Ran> {
    const pool = warm ?? openPool(0, 1)
    try {
      const text: string | undefined = await pool.run(task, { signal: AbortSignal.timeout(callMs) })
      return text === undefined ? { failed: 'returned nothing that can be stored' } : { text }
    } catch (error) {
      return { failed: reasonOf(error, callMs) }
    } finally {
      if (!warm) await pool.destroy()
    }
  }

  return {
    get full() {
      return isFull()
    },
    async run(name, event, context) {
      if (isFull()) return 'full'
      const module = pathToFileURL(join(dir, `${name}.ts`)).href
      return limit(() => runOnce({ module, event, context }))
    },
    async close() {
      limit.clearQueue()
      await warm?.destroy()
    },
  }
}

function openPool(minThreads: number, maxThreads: number) {
  return new Piscina<Task, string | undefined>({
    filename: THREAD,
    name: 'run',
    minThreads,
    maxThreads,
    idleTimeout: Number.POSITIVE_INFINITY,
    env: {},
    resourceLimits: HEAP,
    closeTimeout: CLOSE_MS,
    recordTiming: false,
  })
}

function reasonOf(error: unknown, callMs: number): string {
  if (error instanceof Error && error.name === 'AbortError') return `took longer than ${callMs} ms`
  return String(error)
}
