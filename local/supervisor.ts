import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { resolve } from 'node:path'
import { guard } from './guard.ts'
import { Keeper } from './keeper.ts'
import { processIdentity } from './lock.mjs'
import type { PartEvent, PartSpec, PartView, Report } from './part.ts'
import type { Profile } from './profile.ts'
import { endLiving, forgetState, readLiving, type State, writeState } from './state.ts'

/** All processes of one system: started here, kept alive, written to state.json, stopped in order. */
export interface Supervisor {
  readonly parts: Readonly<Record<string, PartView>>
  start(spec: PartSpec): Promise<void>
  /** This and `pause` fail with `NotRunning` when the part has no process now. */
  kill(name: string, signal?: NodeJS.Signals): Promise<void>
  pause(name: string): void
  resume(name: string): void
  /** Stops a part and leaves it down until `restart`. */
  stop(name: string): Promise<void>
  /** Stops it and starts it again, with `env` laid over its environment until the next restart. */
  restart(name: string, env?: NodeJS.ProcessEnv): Promise<void>
  untilReady(name: string, timeoutMs?: number): Promise<void>
  /** Asks the part now; rejects when it does not serve. */
  check(name: string): Promise<void>
  close(): Promise<void>
}

const READY_MS = 30_000
/** Callers stop before those they call; engines last. */
const STOP_ORDER = ['web', 'gateway', 'order', 'functions', 'payment', 'provider', 'inventory', 'user']

export async function openSupervisor(profile: Profile, report: Report): Promise<Supervisor> {
  mkdirSync(resolve(profile.home, 'logs'), { recursive: true })
  await endLeftovers(profile, report)
  const keepers = new Map<string, Keeper>()
  let closing: Promise<void> | undefined
  const record = () => {
    if (!closing) writeState(profile, describe(keepers))
  }
  const release = guard({ close, killNow: () => killAll(keepers) })
  record()

  function find(name: string): Keeper {
    const keeper = keepers.get(name)
    if (!keeper) throw new Error(`no part ${name} here, only ${[...keepers.keys()].join(', ')}`)
    return keeper
  }

  function close(): Promise<void> {
    closing ??= closeAll()
    return closing
  }

  async function closeAll(): Promise<void> {
    if (keepers.size > 0) report({ part: 'runner', kind: 'stopped', text: 'stops everything in order' })
    await stopInOrder([...keepers.values()])
    forgetState(profile)
    release()
  }

  return {
    close,
    get parts() {
      return Object.fromEntries([...keepers].map(([name, keeper]) => [name, keeper.view()]))
    },
    async start(spec) {
      if (closing) throw new Error(`${spec.name} is not started: the system is closing`)
      const onChange = (event?: PartEvent) => {
        record()
        if (event) report(event)
      }
      const keeper = new Keeper(spec, { logFile: freshLog(profile, spec.name), onChange })
      keepers.set(spec.name, keeper)
      await keeper.start()
    },
    kill: (name, signal = 'SIGKILL') => find(name).kill(signal),
    pause: (name) => find(name).pause(),
    resume: (name) => find(name).resume(),
    stop: (name) => find(name).stop(),
    async restart(name, env) {
      await find(name).stop()
      // Else it would outlive everything: nobody stops it a second time.
      if (closing) throw new Error(`${name} is not started again: the system is closing`)
      await find(name).start(env)
    },
    untilReady: (name, timeoutMs = READY_MS) => find(name).untilReady(timeoutMs),
    check: (name) => find(name).spec.check(),
  }
}

async function endLeftovers(profile: Profile, report: Report): Promise<void> {
  const { runner } = readLiving(profile)
  if (runner && runner.pid !== process.pid) {
    const hint = profile.name === 'start' ? 'npm run stop' : `npm run stop ${profile.label}`
    throw new Error(`${profile.label} is already running (pid ${runner.pid}). End it with: ${hint}`)
  }
  const ended = await endLiving(profile)
  if (ended.length > 0)
    report({ part: 'runner', kind: 'set-up', text: `ended what a killed run left: ${ended}` })
}

function killAll(keepers: ReadonlyMap<string, Keeper>): void {
  for (const keeper of keepers.values()) keeper.killNow()
}

function describe(keepers: ReadonlyMap<string, Keeper>): State {
  const runner = {
    pid: process.pid,
    url: '',
    role: 'runner',
    identity: processIdentity(process.pid) ?? '',
  } as const
  const state: State = { runner }
  for (const [name, keeper] of keepers) {
    const { pid, url, role } = keeper.view()
    if (pid) state[name] = { pid, url, role, identity: processIdentity(pid) ?? '' }
  }
  return state
}

async function stopInOrder(keepers: readonly Keeper[]): Promise<void> {
  const services = keepers.filter((keeper) => keeper.spec.role === 'service')
  const kindOf = (keeper: Keeper) => keeper.spec.name.replace(/-\d+$/, '')
  for (const kind of STOP_ORDER) {
    await Promise.all(services.filter((keeper) => kindOf(keeper) === kind).map((keeper) => keeper.stop()))
  }
  await Promise.all(keepers.map((keeper) => keeper.stop()))
}

/** One log per run and the one before it: nothing grows for ever. */
function freshLog(profile: Profile, name: string): string {
  const file = resolve(profile.home, 'logs', `${name}.log`)
  if (existsSync(file)) renameSync(file, `${file}.1`)
  return file
}
