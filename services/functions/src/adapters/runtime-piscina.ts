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
  /** Folder where Node keeps compiled code: with it a thread starts in half the time, and is smaller. */
  readonly compileCache: string | undefined
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
 * the thread is replaced. A function sees none of our environment variables, so no secrets.
 */
export function openRuntime({ dir, threads, callMs, waitingMax, compileCache }: RuntimeOptions): Runtime {
  const env = compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }
  const warm = threads > 0 ? openPool({ minThreads: threads, maxThreads: threads, env }) : undefined
  // Waiting is done here, so that the time of a call begins when a thread is free for it.
  const limit = pLimit(threads || COLD_AT_ONCE)
  const isFull = () => limit.pendingCount >= waitingMax

  async function runOnce(task: Task): Promise<Ran> {
    const pool = warm ?? openPool({ minThreads: 0, maxThreads: 1, env })
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

function openPool(size: { minThreads: number; maxThreads: number; env: Record<string, string> }) {
  return new Piscina<Task, string | undefined>({
    filename: THREAD,
    name: 'run',
    ...size,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: HEAP,
    closeTimeout: CLOSE_MS,
    recordTiming: false,
  })
}

function reasonOf(error: unknown, callMs: number): string {
  if (error instanceof Error && error.name === 'AbortError') return `took longer than ${callMs} ms`
  return String(error)
}
