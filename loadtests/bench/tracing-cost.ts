import { styleText } from 'node:util'
import { enterAsOperator } from '../system/operator.ts'
import { readMemory } from '../system/processes.ts'
import type { RunningSystem } from '../system/running-system.ts'
import type { Finding } from './finding.ts'
import { openMixedSale, UNITS as UNITS_OF_MIXED } from './mixed-shots.ts'
import { openRange, type Range } from './range.ts'
import { openSoldOut } from './refusals.ts'
import { median, type Sample } from './sample.ts'
import { openSink } from './span-sink.ts'

/** The share of traces that a gateway keeps, 0 to 1; `off`: nothing of OpenTelemetry is even loaded. */
export type Keeping = 'off' | number

export interface CostBench {
  /** An empty system with a gateway for each; it sends its spans to `to`. */
  readonly open: (
    keepings: readonly Keeping[],
    to: string,
  ) => Promise<RunningSystem & { close(): Promise<void> }>
  readonly rounds: number
  readonly folder: string
  say(line: string): void
}

/** CPU per attempt, and how much faster it is without: times that of `off`. */
const GOALS: readonly { readonly keeping: Keeping; readonly atMost: number }[] = [
  { keeping: 0.01, atMost: 1.05 },
  { keeping: 1, atMost: 1.35 },
]
const HOUSES = [
  { collector: 'answers', keepings: ['off', 0.01, 1] },
  { collector: 'is deaf', keepings: ['off', 1] },
] as const
type House = (typeof HOUSES)[number]
const LOADS = { 'sold out': openSoldOut, 'mixed sale': openMixedSale } as const
type Load = keyof typeof LOADS
const WIDTHS = [40, 10, 9, 9, 9, 9, 9] as const

/** One round of one gateway. */
interface Shots {
  readonly collector: House['collector']
  readonly load: Load
  readonly keeping: Keeping
  /** Of CPU, without the gateways that had nothing to do; and both as a multiple of `off` in this round. */
  readonly cpuUs: number
  readonly cpuToOff: number
  readonly speedToOff: number
  /** Of this gateway when all was at rest again. */
  readonly rssMb: number
  readonly sample: Sample
}

export interface TracingCost {
  readonly shots: readonly Shots[]
  /** Units nobody got though there were buyers, answers that blame us, and alarms of the books. */
  readonly lost: number
}

/**
 * The same load over gateways of one system that differ in nothing but how many traces they keep. They take
 * turns, and each is compared with the one without tracing in the same round: what else this machine does
 * changes by the minute, and more than what is measured. The other services always tell of what is kept.
 */
export async function measureCost(bench: CostBench): Promise<TracingCost> {
  const shots: Shots[] = []
  let lost = 0
  for (const house of HOUSES) {
    const sink = await openSink(house.collector)
    try {
      const system = await bench.open(house.keepings, sink.url)
      try {
        shots.push(...(await shootAt(bench, system, house)))
        lost += (await (await enterAsOperator(system.url('gateway'))).watch()).alarms.length
      } finally {
        await system.close()
      }
    } finally {
      await sink.close()
    }
  }
  return { shots, lost: shots.reduce((sum, each) => sum + lostIn(each), lost) }
}

function lostIn({ load, sample }: Shots): number {
  const { statuses, answered, sent } = sample.hit
  const blamesUs = Object.entries(statuses).filter(([status]) => Number(status) >= 500)
  const missed = load === 'mixed sale' ? UNITS_OF_MIXED - (statuses['201'] ?? 0) : 0
  return blamesUs.reduce((sum, [, count]) => sum + count, missed + sent - answered)
}

async function shootAt(bench: CostBench, system: RunningSystem, house: House): Promise<Shots[]> {
  const shots: Shots[] = []
  const range = await openRange({ system, ...bench })
  try {
    for (const [load, openLoad] of Object.entries(LOADS) as [Load, (typeof LOADS)[Load]][]) {
      const shotOf = await openLoad(range)
      for (let round = 0; round < bench.rounds; round++) {
        shots.push(...(await shootRound(range, { house, load, round }, shotOf)))
      }
    }
  } finally {
    await range.close()
  }
  return shots
}

interface Round {
  readonly house: House
  readonly load: Load
  readonly round: number
}

async function shootRound(
  range: Range,
  { house, load, round }: Round,
  shotOf: Awaited<ReturnType<typeof openSoldOut>>,
): Promise<Shots[]> {
  const taken = new Map<Keeping, Omit<Shots, 'cpuToOff' | 'speedToOff'>>()
  const { collector, keepings } = house
  for (let turn = 0; turn < keepings.length; turn++) {
    const i = (round + turn) % keepings.length
    const keeping = keepings[i] as Keeping
    const gateway = gatewayAt(i)
    const sample = await range.shootSystem(await shotOf(), { gateways: [gateway] })
    const idle = keepings.map((_, other) => gatewayAt(other)).filter((name) => name !== gateway)
    const cpuUs = idle.reduce((sum, name) => sum - (sample.cpuUsOf[name] ?? 0), sample.cpuUs)
    const rssMb = readMemory(range.system.parts)[gateway]?.rssMb ?? 0
    taken.set(keeping, { collector, load, keeping, cpuUs, rssMb, sample })
  }
  const off = taken.get('off')
  const of = (each: { cpuUs: number; sample: Sample }) => [each.cpuUs, each.sample.perSecond] as const
  const [cpuOff, speedOff] = off ? of(off) : [Number.NaN, Number.NaN]
  const shots = [...taken.values()].map((each) => ({
    ...each,
    cpuToOff: each.cpuUs / cpuOff,
    speedToOff: each.sample.perSecond / speedOff,
  }))
  const told = shots.map(({ keeping, cpuUs }) => `${nameOf(keeping)} ${cpuUs.toFixed(1)} µs`)
  range.say(`${load}, collector ${collector}, round ${round + 1}: ${told.join(', ')}`)
  return shots
}

function gatewayAt(i: number): string {
  return i === 0 ? 'gateway' : `gateway-${i + 1}`
}

function nameOf(keeping: Keeping): string {
  return keeping === 'off' ? 'off' : `${keeping * 100} %`
}

/** What it is held to. */
export function toFindings({ shots, lost }: TracingCost): Finding[] {
  const cpu = groupsOf(shots).flatMap(({ title, of, keeping }) => {
    const goal = GOALS.find((each) => each.keeping === keeping)
    if (!goal) return []
    const { atMost } = goal
    return [
      { what: `${title}: CPU to off`, value: of('cpuToOff'), unit: '×', goal: { atMost } } as const,
      {
        what: `${title}: speed to off`,
        value: of('speedToOff'),
        unit: '×',
        goal: { atLeast: 1 / atMost },
      } as const,
    ]
  })
  return [...cpu, { what: 'lost beside a deaf collector', value: lost, unit: '', goal: { atMost: 0 } }]
}

/** All settings, a line each. */
export function writeCost({ shots }: TracingCost): string[] {
  const row = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i] ?? 0))).join('')
  const lines = groupsOf(shots).map(({ title, of, group }) => {
    const middle = (pick: (sample: Sample) => number) => median(group.map(({ sample }) => pick(sample)))
    return row([
      `  ${title}`,
      Math.round(middle(({ perSecond }) => perSecond)).toLocaleString('en-US'),
      `${of('speedToOff').toFixed(2)} ×`,
      of('cpuUs').toFixed(1),
      `${of('cpuToOff').toFixed(2)} ×`,
      middle(({ p99Ms }) => p99Ms).toFixed(1),
      of('rssMb').toFixed(0),
    ])
  })
  const head = row(['', 'req/s', 'to off', 'CPU µs', 'to off', 'p99 ms', 'MB'])
  return ['', styleText('bold', head), ...lines]
}

type Figure = 'cpuUs' | 'cpuToOff' | 'speedToOff' | 'rssMb'

/** Each setting with its rounds, and the median of a figure over them. */
function groupsOf(shots: readonly Shots[]) {
  const titleOf = ({ collector, load, keeping }: Shots) =>
    `${load}, ${nameOf(keeping)}${collector === 'answers' ? '' : `, collector ${collector}`}`
  return [...Map.groupBy(shots, titleOf)].map(([title, group]) => ({
    ...{ title, group, keeping: group[0]?.keeping },
    of: (figure: Figure) => median(group.map((each) => each[figure])),
  }))
}
