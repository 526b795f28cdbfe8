import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import type { Line } from '../collector/otlp-lines.ts'
import { missingFrom, type OpenCollector, type Passed, sendThrough } from '../collector/send-through.ts'
import type { RunningSystem } from '../system/running-system.ts'
import type { Finding, Outcome } from './finding.ts'
import { openMixedSale } from './mixed-shots.ts'
import { openRange } from './range.ts'

/** An order process stands still while units are sold, for longer than a buyer waits. */
const PAUSE_AFTER_MS = 300
const PAUSE_MS = 2_500
const ALARM_MS = 30_000
const LOOK_MS = 500
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'] as const
const GRAVE = new Set<unknown>(['warn', 'error', 'fatal'])
/** An address, what a browser shows, a JSON web token. */
const SECRET = /[\w.%+-]+@[\w.-]+\.[a-z]{2,}|bearer [\w.~+/-]+|eyJ[\w-]+\.[\w-]+\./i

export interface PausableSystem extends RunningSystem {
  pause(name: string): void
  resume(name: string): void
  close(): Promise<void>
}

export interface LogsBench {
  /** An empty system in which each request has a line, with a process `order-2`. */
  readonly open: () => Promise<PausableSystem>
  /** Undefined where no collector can be had. */
  readonly openCollector: OpenCollector | undefined
  /** Where the services' logs are. */
  readonly logs: string
  readonly folder: string
  say(line: string): void
}

interface Recorded {
  readonly lines: readonly Line[]
  /** As they were written. */
  readonly bytes: number
}

/** How much of what a sale writes has to be shipped: real lines of a mixed sale, through a real collector. */
export async function measureLogs(bench: LogsBench): Promise<Outcome> {
  if (!bench.openCollector) {
    bench.say('no collector without Go: what logs cost to ship was not measured')
    return { races: [], findings: [] }
  }
  const recorded = await recordSale(bench)
  bench.say(`${recorded.lines.length} lines; sending them through the collector`)
  const passed = await sendThrough(recorded.lines, bench.openCollector)
  const counts = countLevels(recorded, passed)
  const { bytesIn, bytesOut } = passed
  return {
    races: [],
    findings: judge(recorded, passed),
    table: writeTable(counts, { written: recorded.bytes, bytesIn, bytesOut }),
    data: { counts, written: recorded.bytes, bytesIn, bytesOut },
  }
}

/** A sale in which an order process stands still, and an event comes that nobody can read. */
async function recordSale({ open, logs, folder, say }: LogsBench): Promise<Recorded> {
  const system = await open()
  try {
    const range = await openRange({ system, rounds: 1, folder, say })
    try {
      const shot = await (await openMixedSale(range))()
      const onStart = () => {
        setTimeout(() => system.pause('order-2'), PAUSE_AFTER_MS)
        setTimeout(() => system.resume('order-2'), PAUSE_AFTER_MS + PAUSE_MS)
      }
      await range.shootSystem(shot, { onStart })
    } finally {
      await range.close()
    }
    await sendRubbish(system.engines.KAFKA_BROKERS)
    await untilAlarm(() => readLines(system, logs))
    return readLines(system, logs)
  } finally {
    await system.close()
  }
}

async function sendRubbish(brokers: string): Promise<void> {
  const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  try {
    await producer.send({ topic: 'order.paid', messages: [{ key: 'rubbish', value: 'rubbish' }] })
  } finally {
    await producer.disconnect()
  }
}

async function untilAlarm(read: () => Recorded): Promise<void> {
  const deadline = performance.now() + ALARM_MS
  while (!read().lines.some(({ msg }) => msg === 'alarm')) {
    if (performance.now() > deadline) throw new Error(`no alarm in ${ALARM_MS / 1_000} s`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

function readLines({ parts }: RunningSystem, logs: string): Recorded {
  const services = Object.entries(parts).filter(([, { role }]) => role === 'service')
  const texts = services.flatMap(([name]) => readFileSync(resolve(logs, `${name}.log`), 'utf8').split('\n'))
  const written = texts.filter((text) => text.startsWith('{'))
  return {
    lines: written.map((text) => JSON.parse(text) as Line),
    bytes: written.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0),
  }
}

function judge({ lines }: Recorded, { records, bytesIn, bytesOut, texts }: Passed): Finding[] {
  const lost = missingFrom(
    records,
    lines.filter(({ level }) => GRAVE.has(level)),
  ).length
  const saved = 100 * (1 - bytesOut / bytesIn)
  const secrets = texts.filter((text) => SECRET.test(text)).length
  const none = { unit: '', goal: { atMost: 0 } } as const
  return [
    { what: 'log lines of a sale', value: lines.length, unit: '', goal: { atLeast: 100_000 } },
    { what: 'bytes that need not be shipped', value: saved, unit: '%', goal: { atLeast: 90 } },
    { what: 'warnings, errors and alarms lost', value: lost, ...none },
    { what: 'requests with what looks like a secret', value: secrets, ...none },
  ]
}

type Counts = Readonly<Record<string, { readonly written: number; readonly shipped: number }>>

function countLevels({ lines }: Recorded, { records }: Passed): Counts {
  const present = LEVELS.filter((level) => lines.some((line) => line['level'] === level))
  return Object.fromEntries(
    present.map((level) => {
      const written = lines.filter((line) => line['level'] === level).length
      const shipped = records.filter(({ severityText }) => severityText === level).length
      return [level, { written, shipped }]
    }),
  )
}

interface Bytes {
  readonly written: number
  readonly bytesIn: number
  readonly bytesOut: number
}

function writeTable(counts: Counts, { written, bytesIn, bytesOut }: Bytes): string[] {
  const row = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, i) => (i === 0 ? String(cell).padEnd(26) : cell.toLocaleString('en-US').padStart(14)))
      .join('')
  return [
    '',
    styleText('bold', row(['Logs', 'written', 'shipped'])),
    ...Object.entries(counts).map(([level, each]) => row([`  ${level}`, each.written, each.shipped])),
    row(['  bytes, OTLP in JSON', bytesIn, bytesOut]),
    row(['  bytes in the files', written, '']),
  ]
}
