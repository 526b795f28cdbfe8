import { resolve } from 'node:path'
import { emptyFolder } from '../engines/folder.ts'
import { prepareKafka } from '../engines/kafka.ts'
import { givenUrls } from '../engines.ts'
import { guard } from '../guard.ts'
import type { Report } from '../part.ts'
import { type Profile, pickProfile, refuseTakenPorts } from '../profile.ts'
import type { ProcessCounts, ServiceEnv, ServiceName } from '../services.ts'
import { readLiving } from '../state.ts'
import { openSupervisor } from '../supervisor.ts'
import { openSystem, type System } from '../system.ts'
import { type Disks, openDisks } from './disks.ts'
import { clientOrigins, type Edge, edgeEnv, listEdges } from './edges.ts'
import { findFaketime, forgetClocks, type ShiftClock } from './faketime.ts'
import { findToxiproxy, openProxies, type Proxies, toxiproxySpec } from './toxiproxy.ts'

/**
 * A system that is set up to be broken: proxies in its ways, disks that can fill, clocks that can go wrong.
 */
export interface Stand {
  readonly profile: Profile
  readonly system: System
  /** Where clients find the gateways: through the proxies, if there are any. */
  readonly origins: readonly string[]
  /** All ways between the parts, also where there is nothing to stand in them. */
  readonly edges: readonly Edge[]
  readonly proxies: Proxies | Missing
  readonly shiftClock: ShiftClock | Missing
  readonly disks: Disks | Missing
  /** Stops Kafka, takes all it has written away, and starts it again. */
  wipeKafka(): Promise<void>
  close(): Promise<void>
}

/** Why something cannot be had on this machine. */
export interface Missing {
  readonly missing: string
}

export interface StandChoice {
  readonly report: Report
  readonly env?: ServiceEnv
}

const PROCESSES: ProcessCounts = { gateway: 2, inventory: 2, order: 2 }

/**
 * Starts it, empty, in the profile `chaos`. Closing leaves no process and no mount, whatever has happened.
 */
export async function openStand({ report, env = {} }: StandChoice): Promise<Stand> {
  const given = Object.keys(givenUrls())
  if (given.length > 0) throw new Error(`chaos breaks only engines of its own: unset ${given.join(', ')}`)
  const profile = pickProfile({ profile: 'chaos' })
  // Said before anything is touched: its disks would be taken from under it.
  if (readLiving(profile)['runner'])
    throw new Error('a run of faults is under way; end it: npm run stop chaos')
  const shiftClock = await orMissing('libfaketime', findFaketime(report))
  const closers: (() => unknown)[] = [forgetClocks]
  try {
    const side = pickProfile({ profile: profile.name, block: 1 })
    const edges = listEdges(profile, PROCESSES, side.port('gateway'))
    const proxies = await openWays({ side, edges }, report, closers)
    const disks = mountDisks(profile, closers)
    const proxied = 'missing' in proxies ? [] : edges
    const door = proxied.find(({ to }) => to === 'kafka')
    const kafkaProxied = door && `127.0.0.1:${door.listen}`
    const system = await openSystem({
      ...{ profile: 'chaos', fresh: true, report, processes: PROCESSES, kafkaProxied },
      env: overlay(env, proxied),
    })
    closers.push(() => system.close())
    const origins = clientOrigins(proxied)
    return {
      ...{ profile, system, edges, proxies, shiftClock, disks },
      origins: origins.length > 0 ? origins : system.urls('gateway'),
      async wipeKafka() {
        await system.stop('kafka')
        emptyFolder(resolve(profile.home, 'kafka'))
        await prepareKafka(profile, report, kafkaProxied)
        await system.restart('kafka')
      },
      close: () => closeAll(closers),
    }
  } catch (error) {
    await closeAll(closers)
    throw error
  }
}

/**
 * The next block of ports is the proxies', under a supervisor of their own: they outlive all they connect.
 */
async function openWays(
  { side, edges }: { readonly side: Profile; readonly edges: readonly Edge[] },
  report: Report,
  closers: (() => unknown)[],
): Promise<Proxies | Missing> {
  const file = await orMissing('Go, which builds toxiproxy,', findToxiproxy(report))
  if (typeof file !== 'string') return file
  const supervisor = await openSupervisor(side, report)
  closers.push(() => supervisor.close())
  await refuseTakenPorts(new Map(edges.map(({ name, listen }) => [name, listen])))
  const spec = toxiproxySpec(file, side)
  await supervisor.start(spec)
  return openProxies(spec.url, edges)
}

function mountDisks(profile: Profile, closers: (() => unknown)[]): Disks | Missing {
  const disks = openDisks(profile)
  if (typeof disks === 'string') return { missing: disks }
  const release = guard({ close: () => closeAll(closers), killNow: () => disks.close() })
  closers.push(() => {
    disks.close()
    release()
  })
  return disks
}

function overlay(env: ServiceEnv, edges: readonly Edge[]): ServiceEnv {
  const ways = edges.length > 0 ? edgeEnv(edges) : {}
  const names = new Set([...Object.keys(env), ...Object.keys(ways)]) as Set<ServiceName>
  return Object.fromEntries([...names].map((name) => [name, { ...ways[name], ...env[name] }]))
}

/** Backwards, and to the end: what fails to close must not keep the rest open. */
async function closeAll(closers: readonly (() => unknown)[]): Promise<void> {
  for (const close of [...closers].reverse()) {
    await Promise.resolve()
      .then(close)
      .catch((error: Error) => console.error(error.message))
  }
}

async function orMissing<T>(what: string, finding: Promise<T | undefined>): Promise<T | Missing> {
  const found = await finding.catch((error: Error) => ({ missing: error.message.split('\n')[0] ?? what }))
  return found ?? { missing: `${what} is not on this machine` }
}
