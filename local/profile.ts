import { connect } from 'node:net'
import { resolve } from 'node:path'

export type ProfileName = 'start' | 'demo' | 'test' | 'bench' | 'story' | 'chaos'
export type PartName = keyof typeof OFFSETS

/** Where one system lives: its own folder and ports, so that several can run side by side. */
export interface Profile {
  readonly name: ProfileName
  /** Shown to people: `test`, or `test-2` for the third system of a profile. */
  readonly label: string
  readonly home: string
  /** The port of a part; `index` counts the processes of a service from 0. */
  port(part: PartName, index?: number): number
}

export interface ProfileChoice {
  readonly profile: ProfileName
  /** Test files that need their own system take different blocks (0–9). */
  readonly block?: number | undefined
}

export const ROOT = resolve(import.meta.dirname, '..')
export const STAMPEDE_HOME = resolve(ROOT, '.stampede')
export const CACHE_HOME = resolve(STAMPEDE_HOME, 'cache')

// All below 32768, where Linux begins to hand out ports for outgoing connections.
const BASES = { start: 8080, demo: 21000, test: 22000, bench: 23000, story: 24000, chaos: 25000 } as const
const BLOCK_PORTS = 100
const PROCESS_PORTS = 10
const OFFSETS = {
  gateway: 0,
  user: 1,
  inventory: 2,
  order: 3,
  payment: 4,
  functions: 5,
  web: 6,
  provider: 7,
  postgres: 90,
  'redis-gate': 91,
  'redis-queue': 92,
  kafka: 93,
  'kafka-controller': 94,
  // The broker's second door, for those who come through a proxy.
  'kafka-proxied': 95,
  toxiproxy: 96,
  otlp: 97,
  jaeger: 98,
  'jaeger-grpc': 99,
} as const
// People know these engines by their usual ports: `npm start` puts a 1 before those of four digits.
const START_PORTS: Partial<Record<PartName, number>> = {
  postgres: 15432,
  'redis-gate': 16379,
  'redis-queue': 16380,
  kafka: 19092,
  'kafka-controller': 19093,
  otlp: 14318,
  jaeger: 16686,
  'jaeger-grpc': 16685,
}

export function pickProfile(choice: ProfileChoice): Profile {
  const { profile: name, block = 0 } = choice
  const label = block === 0 ? name : `${name}-${block}`
  const home = resolve(STAMPEDE_HOME, label)
  const chosen = Number(process.env['STAMPEDE_PORT_BASE'] ?? Number.NaN)
  const base = (Number.isInteger(chosen) ? chosen : BASES[name]) + block * BLOCK_PORTS
  const usual = name === 'start' && block === 0 && !Number.isInteger(chosen) ? START_PORTS : {}
  return {
    name,
    label,
    home,
    port: (part, index = 0) => usual[part] ?? base + OFFSETS[part] + index * PROCESS_PORTS,
  }
}

/** The choice behind a label such as `test` or `test-2`; undefined when it names no profile. */
export function profileOf(label: string): ProfileChoice | undefined {
  const [, name, block = '0'] = /^([a-z]+)(?:-(\d))?$/.exec(label) ?? []
  return name !== undefined && Object.hasOwn(BASES, name)
    ? { profile: name as ProfileName, block: Number(block) }
    : undefined
}

/** Fails with one message that names every taken port, before anything is started. */
export async function refuseTakenPorts(wanted: ReadonlyMap<string, number>): Promise<void> {
  const checks = await Promise.all(
    [...wanted].map(async ([who, port]) => ({ who, port, taken: await isTaken(port) })),
  )
  const taken = checks.filter((check) => check.taken)
  if (taken.length === 0) return
  const lines = taken.map(({ who, port }) => `  ${port} (wanted for ${who})`)
  throw new Error(
    [
      'These ports on 127.0.0.1 are taken by something else:',
      ...lines,
      'Stop what uses them, or choose another block: STAMPEDE_PORT_BASE=30000 npm start',
    ].join('\n'),
  )
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect({ host: '127.0.0.1', port })
    const finish = (taken: boolean) => {
      socket.destroy()
      answer(taken)
    }
    socket.setTimeout(1000, () => finish(true))
    socket.once('connect', () => finish(true))
    socket.once('error', () => finish(false))
  })
}
