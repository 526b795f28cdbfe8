import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PartEvent, PartSpec, PartState, PartView } from './part.ts'
import { signalTree } from './process-tree.ts'

/** Keeps one process running: starts it again when it dies, until told to stop. */
export interface Keeper {
  readonly spec: PartSpec
  view(): PartView
  start(): Promise<void>
  /** Sends a signal to the process as it is now. Resolves after SIGKILL only when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>
  pause(): void
  resume(): void
  stop(): Promise<void>
  untilReady(timeoutMs: number): Promise<void>
  /** Ends everything at once, for the last moment of a runner. */
  killNow(): void
}

export interface KeeperHome {
  readonly logFile: string
  readonly onChange: (event?: PartEvent) => void
}

const BACKOFF_MS = { first: 200, max: 5000 }
const STEADY_MS = 10_000
const POLL_MS = 50
/** A part that never got ready and died this often will not come up by itself. */
const STARTS_MAX = 3
const LOG_TAIL_LINES = 12

export function keepPart(spec: PartSpec, home: KeeperHome): Keeper {
  let child: ChildProcess | undefined
  let state: PartState = 'down'
  let wanted = false
  let deaths = 0
  let restarts = 0
  let backoffMs = BACKOFF_MS.first
  let readyAt = 0
  let everReady = false

  const alive = () => child !== undefined && child.exitCode === null && child.signalCode === null && child.pid
  const report = (kind: PartEvent['kind'], text: string) => home.onChange({ part: spec.name, kind, text })

  function run(): void {
    const started = spawnPart(spec, home.logFile)
    child = started
    state = 'starting'
    home.onChange()
    started.once('error', (error) => onGone(started, error.message))
    started.once('exit', (code, signal) => onGone(started, signal ?? `exit ${code}`))
    void watchReady(started)
  }

  async function watchReady(watched: ChildProcess): Promise<void> {
    const startedAt = performance.now()
    while (child === watched && alive() && wanted) {
      const ok = state !== 'paused' && (await spec.check().then(() => true).catch(() => false))
      if (ok && child === watched && alive() && wanted && state === 'starting') {
        state = 'ready'
        readyAt = performance.now()
        const seconds = ((readyAt - startedAt) / 1000).toFixed(1)
        report(everReady ? 'back' : 'ready', `${everReady ? 'is back' : 'ready'} after ${seconds} s`)
        everReady = true
        return
      }
      await sleep(POLL_MS)
    }
  }

  function onGone(gone: ChildProcess, how: string): void {
    if (child !== gone) return
    child = undefined
    if (!wanted) {
      state = 'stopped'
      home.onChange()
      return
    }
    if (state === 'ready' && performance.now() - readyAt > STEADY_MS) backoffMs = BACKOFF_MS.first
    state = 'down'
    deaths = everReady ? 0 : deaths + 1
    if (deaths >= STARTS_MAX) {
      wanted = false
      state = 'stopped'
      home.onChange()
      return
    }
    report('died', `died (${how}), starting it again in ${backoffMs} ms`)
    setTimeout(runAgain, backoffMs)
    backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.max)
  }

  function runAgain(): void {
    if (!wanted || child) return
    restarts += 1
    run()
  }

  async function untilReady(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (state !== 'ready') {
      if (!wanted || performance.now() > deadline) throw new Error(whyNotReady(spec, home.logFile, state))
      await sleep(POLL_MS)
    }
  }

  return {
    spec,
    untilReady,
    view: () => ({ pid: child?.pid, url: spec.url, role: spec.role, state, restarts }),
    async start() {
      wanted = true
      deaths = 0
      if (!child) run()
      await untilReady(spec.readyMs)
    },
    async kill(signal) {
      const target = child
      if (!target?.pid || !alive()) return
      const gone = once(target, 'exit')
      target.kill(signal)
      if (signal === 'SIGKILL') await gone
    },
    pause() {
      if (!child?.pid) return
      signalTree(child.pid, 'SIGSTOP')
      state = 'paused'
      home.onChange()
    },
    resume() {
      if (!child?.pid || state !== 'paused') return
      signalTree(child.pid, 'SIGCONT')
      state = 'starting'
      home.onChange()
      void watchReady(child)
    },
    async stop() {
      wanted = false
      const target = child
      if (!target?.pid || !alive()) return
      // A stopped process cannot hear a polite signal.
      if (state === 'paused') signalTree(target.pid, 'SIGCONT')
      const pid = target.pid
      const limit = setTimeout(() => signalTree(pid, 'SIGKILL'), spec.stop.limitMs)
      const gone = once(target, 'exit')
      target.kill(spec.stop.signal)
      await gone
      clearTimeout(limit)
    },
    killNow() {
      wanted = false
      if (child?.pid && alive()) signalTree(child.pid, 'SIGKILL')
    }
  }
}

function spawnPart(spec: PartSpec, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    return spawn(spec.file, spec.args, {
      // Its own process group: Ctrl-C in the terminal must reach the runner only, which then stops in order.
      detached: true,
      env: spec.env,
      stdio: spec.channel ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
      ...(spec.user ?? {})
    })
  } finally {
    closeSync(log)
  }
}

function whyNotReady(spec: PartSpec, logFile: string, state: PartState): string {
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n  ')
  return `${spec.name} did not get ready (${state}). The end of ${logFile}:\n  ${tail}`
}
