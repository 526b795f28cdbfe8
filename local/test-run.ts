import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { childrenOf, signalTree } from './process-tree.ts'
import { ROOT } from './profile.ts'

export interface TestRun {
  readonly files: readonly string[]
  readonly atOnce: number
  readonly env: NodeJS.ProcessEnv
  /** For all these files together. */
  readonly limitMs: number
  /** For one test; 120 s if not given. */
  readonly testLimitMs?: number | undefined
  /** Ends the run early, in order. */
  readonly signal: AbortSignal
}

export interface Counts {
  passed: number
  failed: number
}

const TEST_LIMIT_MS = 120_000
/** Told to stop, a test file may still have to close a system of its own. */
const GRACE_MS = 30_000
const NODE_FLAGS = [
  // A Kafka client told to stop while it connects leaves the connection open. A service ends with its
  // process, and so must a test file once its tests and their clean-up are through.
  '--test-force-exit',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
]

/** Runs test files in processes of their own, prints as they go, and always ends: at the limit it kills. */
export async function runTests(test: TestRun): Promise<Counts> {
  const { files, atOnce, env, limitMs, testLimitMs = TEST_LIMIT_MS, signal } = test
  const counts = { passed: 0, failed: 0 }
  const before = new Set(childrenOf(process.pid))
  const killStrays = () => {
    const strays = childrenOf(process.pid).filter((pid) => !before.has(pid))
    for (const pid of strays) signalTree(pid, 'SIGKILL')
  }
  const limit = new AbortController()
  const stop = AbortSignal.any([limit.signal, signal])
  const timers: NodeJS.Timeout[] = []
  const atLimit = () => {
    console.error(`not done after ${limitMs / 1000} s, stopped: ${files.join(', ')}`)
    limit.abort()
  }
  timers.push(setTimeout(atLimit, limitMs))
  stop.addEventListener('abort', () => timers.push(setTimeout(killStrays, GRACE_MS)))
  const options = { files: [...files], cwd: ROOT, env, concurrency: atOnce, execArgv: NODE_FLAGS }
  const stream = run({ ...options, timeout: testLimitMs, signal: stop })
  stream.on('test:summary', ({ file, counts: summary }) => {
    if (file !== undefined) return
    counts.passed += summary.passed
    counts.failed += summary.tests - summary.passed - summary.skipped - summary.todo
  })
  // The totals of each run are left out: one line at the very end says them for all.
  const told = stream.filter((event) => event.type !== 'test:diagnostic').compose(new spec())
  for await (const text of told) process.stdout.write(text)
  // A timer that outlived its run would stop the next one.
  for (const timer of timers) clearTimeout(timer)
  if (stop.aborted) counts.failed = Math.max(counts.failed, 1)
  return counts
}
