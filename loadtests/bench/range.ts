import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { renewedOperator } from '../system/operator.ts'
import { untilAtRest } from '../system/rest.ts'
import type { RunningSystem } from '../system/running-system.ts'
import { shoot } from './gun.ts'
import { openMeter } from './meter.ts'
import { type Sample, toSample } from './sample.ts'
import type { Hit, Shot } from './shot.ts'

/** A system to shoot at, the bare framework beside it, and buyers with tokens. */
export interface Range {
  readonly system: RunningSystem
  readonly rounds: number
  /** What others had of the machine in each shot so far, 0 to 1. */
  readonly othersShares: readonly number[]
  /** A sale nobody's limit ends, open for long. */
  openSale(units: number): Promise<string>
  /** Makes sure that there are so many buyers. */
  needBuyers(count: number): Promise<void>
  /** Shoots at the gateway; the sample includes all work that follows, until the system is at rest. */
  shootSystem(shot: Omit<Shot, 'urls'>, how?: How): Promise<Sample>
  shootReference(shot: Omit<Shot, 'urls'>): Promise<Sample>
  /** Keys nobody used before. */
  newKeys(): string
  say(line: string): void
}

export interface How {
  /** Names of the parts to shoot at; default the one gateway. */
  readonly gateways?: readonly string[]
  /** Called before the first counted attempt. */
  readonly onStart?: () => void
  /** Called with the last answer, before the system comes to rest. */
  readonly onHit?: (hit: Hit) => Promise<void>
}

export interface RangeOptions {
  readonly system: RunningSystem
  readonly rounds: number
  /** Where the file of buyers goes. */
  readonly folder: string
  readonly say: (line: string) => void
}

const REFERENCE = resolve(import.meta.dirname, 'reference.ts')
const LIMIT_PER_BUYER = 1000
const PAYMENT_SECONDS = 86_400
const REST_MS = 60_000

/** `close` ends the reference; the system belongs to the caller. */
export async function openRange(options: RangeOptions): Promise<Range & { close(): Promise<void> }> {
  const { system, rounds, folder, say } = options
  mkdirSync(folder, { recursive: true })
  const buyersFile = resolve(folder, 'buyers.txt')
  const reference = await openReference()
  const operator = renewedOperator(system.url('gateway'))
  const tokens: string[] = []
  const othersShares: number[] = []
  let keys = 0

  async function shootSystem(
    shot: Omit<Shot, 'urls'>,
    { gateways, onStart, onHit }: How = {},
  ): Promise<Sample> {
    const urls = (gateways ?? ['gateway']).map((name) => system.url(name))
    const meter = openMeter(() => system.parts)
    const hit = await shoot({ shot: { ...shot, urls }, buyersFile }, () => {
      onStart?.()
      meter.begin()
    })
    await onHit?.(hit)
    // Refusals leave nothing to be done; orders are told and consumed after they are answered.
    if (hit.statuses['201']) await settle()
    return noteOthers(toSample(hit, meter.read(hit.generatorCpuUs)))
  }

  function noteOthers(sample: Sample): Sample {
    othersShares.push(sample.othersShare)
    return sample
  }

  async function settle(): Promise<void> {
    const restless = await untilAtRest(system, { runOut: [], saleIds: [], limitMs: REST_MS })
    if (restless) say(`not at rest after ${REST_MS / 1000} s: ${restless}`)
  }

  return {
    ...{ system, rounds, say, othersShares, shootSystem },
    async openSale(units) {
      const title = `Bench of ${units}`
      const terms = { title, units, limitPerUser: LIMIT_PER_BUYER, paymentWindowSeconds: PAYMENT_SECONDS }
      return (await (await operator()).openSale(terms)).saleId
    },
    async needBuyers(count) {
      if (tokens.length >= count) return
      const hired = await (await operator()).hireBuyers(count - tokens.length)
      tokens.push(...hired.map(({ accessToken }) => accessToken))
      writeFileSync(buyersFile, `${tokens.join('\n')}\n`)
    },
    async shootReference(shot) {
      const meter = openMeter(() => ({ reference: { pid: reference.child.pid } }))
      const hit = await shoot({ shot: { ...shot, urls: [reference.url] }, buyersFile }, meter.begin)
      return noteOthers(toSample(hit, meter.read(hit.generatorCpuUs)))
    },
    newKeys() {
      keys += 1
      return `bench-${process.pid}-${keys}`
    },
    async close() {
      if (reference.child.exitCode !== null) return
      const gone = once(reference.child, 'exit')
      reference.child.disconnect()
      await gone
    },
  }
}

async function openReference(): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(REFERENCE)
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { child, url }
}
