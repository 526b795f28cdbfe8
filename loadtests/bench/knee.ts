import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { PROBE } from '../system/kafka-reader.ts'
import { acceptedShot } from './accepted.ts'
import type { Outcome } from './finding.ts'
import type { Range } from './range.ts'
import { median, type Sample } from './sample.ts'

const KNEE_CONNECTIONS = 256
const KNEE_MS = 4000
const SHARE_OF_KNEE = 0.7
const ROUND_MS = 6000
const CONNECTIONS_MAX = 512
const JOIN_MS = 20_000
const HEAR_MS = 10_000

/**
 * Purchases at 70 % of what the system can take, at a rate of their own whether answers come or not: how long
 * a buyer waits, and how long until the last consumer has heard of the order.
 */
export async function measureKnee(range: Range): Promise<Outcome> {
  const kneePerSecond = await findKnee(range)
  const ratePerSecond = Math.round(kneePerSecond * SHARE_OF_KNEE)
  range.say(`knee ${Math.round(kneePerSecond)} orders/s, so ${ratePerSecond} a second`)
  const samples: Sample[] = []
  const lagsMs: number[] = []
  for (let round = 0; round < range.rounds; round++) {
    const listener = await openListener(range.system.engines.KAFKA_BROKERS)
    const pace = { ratePerSecond, durationMs: ROUND_MS, connectionsMax: CONNECTIONS_MAX }
    const sample = await range.shootSystem(await acceptedShot(range, pace), { onStart: listener.reset })
    const lag = await listener.finish(sample.hit.statuses['201'] ?? 0)
    samples.push(sample)
    lagsMs.push(lag.p99Ms)
    const figures = `p99 ${sample.p99Ms.toFixed(1)} ms, heard p99 ${lag.p99Ms} ms of ${lag.count} events`
    range.say(`70 % of the knee, round ${round + 1}: ${figures}`)
  }
  const p99Ms = median(samples.map((sample) => sample.p99Ms))
  return {
    races: [],
    findings: [
      { what: 'p99 of a purchase at 70 % of the knee', value: p99Ms, unit: 'ms', goal: { atMost: 60 } },
      { what: 'accepted to last consumer, p99', value: median(lagsMs), unit: 'ms', goal: { atMost: 2000 } },
    ],
    data: { kneePerSecond, ratePerSecond, samples, lagsMs },
  }
}

async function findKnee(range: Range): Promise<number> {
  const rates: number[] = []
  for (let round = 0; round < range.rounds; round++) {
    const pace = { connections: KNEE_CONNECTIONS, attempts: 5_000_000, limitMs: KNEE_MS }
    rates.push((await range.shootSystem(await acceptedShot(range, pace))).perSecond)
  }
  return median(rates)
}

/**
 * A consumer of a new group. It compares the moment it hears `order.placed`
 * with the time in it, which is that of the reservation's transaction: before
 * the buyer was answered, so the lag is rather too long than too short.
 */
async function openListener(brokers: string) {
  const kafka = new Kafka({ clientId: 'bench', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({ groupId: `${PROBE}bench-${Date.now()}`, maxWaitTimeInMs: 100 })
  let lagMs = createHistogram({ lowest: 1, highest: 600_000, figures: 3 })
  await consumer.connect()
  await consumer.subscribe({ topics: ['order.placed'], fromBeginning: false })
  const joined = new Promise<void>((done, failed) => {
    const timer = setTimeout(() => failed(new Error('the listener did not join its group')), JOIN_MS)
    consumer.on(consumer.events.GROUP_JOIN, () => {
      clearTimeout(timer)
      done()
    })
  })
  await consumer.run({
    eachBatch: async ({ batch }) => {
      const now = Date.now()
      for (const { value } of batch.messages) {
        const { data } = JSON.parse(value?.toString() ?? '{}') as { data: { placedAt: string } }
        lagMs.record(Math.max(1, now - Date.parse(data.placedAt)))
      }
    },
  })
  await joined
  return {
    reset() {
      lagMs = createHistogram({ lowest: 1, highest: 600_000, figures: 3 })
    },
    /** Waits for so many events since the reset, for a while. */
    async finish(count: number) {
      const deadline = performance.now() + HEAR_MS
      while (lagMs.count < count && performance.now() < deadline) await sleep(50)
      await consumer.disconnect()
      return { p99Ms: lagMs.percentile(99), count: lagMs.count }
    },
  }
}
