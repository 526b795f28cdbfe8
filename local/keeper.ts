import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { NotRunning, type PartEvent, type PartSpec, type PartState, type PartView } from './part.ts'
import { signalTree } from './process-tree.ts'

export interface KeeperHome {
  readonly logFile: string
  readonly onChange: (event?: PartEvent) => void
}

const BACKOFF_MS = { first: 200, max: 5000 }
/** Who was ready for so long has earned a quick restart again. */
const STEADY_MS = 10_000
const POLL_MS = 50
const GUARD_MS = 1000
/** A part that never got ready and died this often will not come up by itself. */
const STARTS_MAX = 3
const LOG_TAIL_LINES = 25

/** Keeps one process running: starts it again when it dies, until told to stop. */
export class Keeper {
  readonly spec: PartSpec
  readonly #home: KeeperHome
  #child: ChildProcess | undefined
  #state: PartState = 'stopped'
  #wanted = false
  #everReady = false
  #readyAt = 0
  #restarts = 0
  #more: NodeJS.ProcessEnv = {}
  #deaths = 0
  #backoffMs = BACKOFF_MS.first

  constructor(spec: PartSpec, home: KeeperHome) {
    this.spec = spec
    this.#home = home
  }

  view(): PartView {
    const { url, role } = this.spec
    return { pid: this.#child?.pid, url, role, state: this.#state, restarts: this.#restarts }
  }

  /**
   * `more` is laid over the part's environment, also when it dies and is started again, until the next
   * start.
   */
  async start(more: NodeJS.ProcessEnv = {}): Promise<void> {
    this.#wanted = true
    this.#more = more
    this.#deaths = 0
    if (!this.#child) this.#run()
    await this.untilReady(this.spec.readyMs)
  }

  async untilReady(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    while (this.#state !== 'ready') {
      if (!this.#wanted || performance.now() > deadline) throw new Error(this.#whyNotReady())
      await sleep(POLL_MS)
    }
  }

  /**
   * Signals the process as it is now. After SIGKILL it resolves when that process is gone. Rejects with
   * `NotRunning` when there is none.
   */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#present()
    const gone = once(child, 'exit')
    child.kill(signal)
    if (signal === 'SIGKILL') await gone
  }

  /**
   * Freezes the process and all below it: alive, holding its connections, doing nothing. Throws `NotRunning`
   * when there is none.
   */
  pause(): void {
    signalTree(this.#present().pid, 'SIGSTOP')
    this.#change('paused')
  }

  resume(): void {
    if (!this.#child?.pid || this.#state !== 'paused') return
    signalTree(this.#child.pid, 'SIGCONT')
    this.#change('starting')
    void this.#watch(this.#child)
  }

  async stop(): Promise<void> {
    this.#wanted = false
    const child = this.#child
    if (!child?.pid) return
    const { pid } = child
    // A frozen process cannot hear a polite signal.
    if (this.#state === 'paused') signalTree(pid, 'SIGCONT')
    const limit = setTimeout(() => signalTree(pid, 'SIGKILL'), this.spec.stop.limitMs)
    const gone = once(child, 'exit')
    child.kill(this.spec.stop.signal)
    await gone
    clearTimeout(limit)
  }

  /** For the last moment of a runner: no waiting. */
  killNow(): void {
    this.#wanted = false
    if (this.#child?.pid) signalTree(this.#child.pid, 'SIGKILL')
  }

  #present(): ChildProcess & { readonly pid: number } {
    const child = this.#child
    if (child?.pid === undefined)
      throw new NotRunning(`${this.spec.name} is not running: it is ${this.#state}`)
    return child as ChildProcess & { readonly pid: number }
  }

  #run(): void {
    const child = spawnPart({ ...this.spec, env: { ...this.spec.env, ...this.#more } }, this.#home.logFile)
    this.#child = child
    this.#change('starting')
    child.once('error', (error) => this.#onGone(child, error.message))
    child.once('exit', (code, signal) => this.#onGone(child, signal ?? `exit ${code}`))
    void this.#watch(child)
  }

  async #watch(child: ChildProcess): Promise<void> {
    const startedAt = performance.now()
    const isStarting = () => this.#child === child && this.#state === 'starting'
    while (isStarting()) {
      const serves = await this.spec.check().then(
        () => true,
        () => false,
      )
      if (serves && isStarting()) this.#onReady(performance.now() - startedAt)
      else await sleep(POLL_MS)
    }
  }

  #onReady(tookMs: number): void {
    const again = this.#everReady
    this.#readyAt = performance.now()
    this.#everReady = true
    if (this.#child && this.spec.hangMs) void this.#guard(this.#child, this.spec.hangMs)
    this.#change('ready', again ? 'back' : 'ready', `${again ? 'is back' : 'ready'} after ${seconds(tookMs)}`)
  }

  /** Until the process ends or is frozen: a thaw brings a guard of its own. */
  async #guard(child: ChildProcess, hangMs: number): Promise<void> {
    let servedAt = performance.now()
    await sleep(GUARD_MS)
    while (this.#child === child && this.#state === 'ready') {
      await this.spec.check().then(
        () => {
          servedAt = performance.now()
        },
        () => undefined,
      )
      if (performance.now() - servedAt > hangMs && this.#state === 'ready') {
        if (this.#child === child && child.pid) signalTree(child.pid, 'SIGKILL')
        return
      }
      await sleep(GUARD_MS)
    }
  }

  #onGone(child: ChildProcess, how: string): void {
    if (this.#child !== child) return
    this.#child = undefined
    const wasSteady = this.#state === 'ready' && performance.now() - this.#readyAt > STEADY_MS
    this.#deaths += this.#everReady ? 0 : 1
    if (this.#deaths >= STARTS_MAX) this.#wanted = false
    if (!this.#wanted) {
      this.#change('stopped')
      return
    }
    if (wasSteady) this.#backoffMs = BACKOFF_MS.first
    this.#change('down', 'died', `died (${how}), starts again in ${seconds(this.#backoffMs)}`)
    setTimeout(() => this.#runAgain(), this.#backoffMs)
    this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MS.max)
  }

  #runAgain(): void {
    if (!this.#wanted || this.#child) return
    this.#restarts += 1
    this.#run()
  }

  #change(state: PartState, kind?: PartEvent['kind'], text = ''): void {
    this.#state = state
    this.#home.onChange(kind && { part: this.spec.name, kind, text })
  }

  #whyNotReady(): string {
    const { logFile } = this.#home
    const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n  ')
    return `${this.spec.name} did not get ready (it is ${this.#state}). The end of ${logFile}:\n  ${tail}`
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
      ...(spec.user ?? {}),
    })
  } finally {
    closeSync(log)
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
