import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { signalTree } from '../process-tree.ts'
import type { Verdict } from './reporter.ts'
import { TREE } from './tree.ts'

export interface FileRun {
  readonly file: string
  /** Titles of those to run; the others are passed over. */
  readonly tests: readonly string[]
  /** The addresses of engines. */
  readonly env: Readonly<Record<string, string>>
  readonly limitMs: number
  /** Ends the run at once. */
  readonly signal: AbortSignal
}

export interface FileEnd {
  readonly seen: readonly Verdict[]
  /** It was not done after `limitMs`. */
  readonly late: boolean
  /** The last that it said beside its verdicts. */
  readonly said: string
}

const SAID_MAX = 4_000
/** For what a test file closes when its tests are through: one that failed may never be done with it. */
const CLEAN_UP_MS = 5_000
const FLAGS = [
  '--test-force-exit',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
  `--test-reporter=${resolve(import.meta.dirname, 'reporter.ts')}`,
]

/** Runs tests of one file of the copy in a process of its own, which always ends, with all below it. */
export async function runFile({ file, tests, env, limitMs, signal }: FileRun): Promise<FileEnd> {
  const child = spawn(process.execPath, [...FLAGS, ...tests.map(toPattern), file], {
    cwd: TREE,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, by which those can be found whose parent has gone.
    detached: true,
  })
  const [exited, closed] = [once(child, 'exit'), once(child, 'close')]
  const seen: Verdict[] = []
  let [said, late] = ['', false]
  const kill = () => killAll(child.pid as number)
  const timers = [
    setTimeout(() => {
      late = true
      kill()
    }, limitMs),
  ]
  signal.addEventListener('abort', kill)
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-SAID_MAX)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    const verdict = readVerdict(line)
    if (verdict) seen.push(verdict)
    else said = `${said}${line}\n`.slice(-SAID_MAX)
    if (seen.length === tests.length) timers.push(setTimeout(kill, CLEAN_UP_MS))
  })
  await exited
  kill()
  await closed
  for (const timer of timers) clearTimeout(timer)
  signal.removeEventListener('abort', kill)
  return { seen, late, said }
}

/** A process, all below it, and those of its group that it left behind. */
function killAll(pid: number): void {
  signalTree(pid, 'SIGKILL')
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group.
  }
}

/** Node compares it with the titles of suites and test in a row. */
function toPattern(title: string): string {
  return `--test-name-pattern=(^| )${title.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}$`
}

function readVerdict(line: string): Verdict | undefined {
  if (!line.startsWith('{"test":')) return undefined
  return JSON.parse(line) as Verdict
}
