import { randomBytes } from 'node:crypto'
import type { Event, EventData } from '@stampede/contracts/events'
import { deriveRefundId, newId } from '@stampede/contracts/ids'
import type { Charge } from '@stampede/contracts/provider'
import type { Watched } from '@stampede/contracts/watch'
import { writeEvent } from '@stampede/kit/events/envelope'
import { openKafka, useAdmin } from '@stampede/kit/events/kafka'
import { openSender } from '@stampede/kit/events/sender'
import { openLog } from '@stampede/kit/log'
import { until } from '@stampede/kit/testing/until'
import pg from 'pg'
import type { MoneyBooks } from '../src/domain/books.ts'
import { openWiring } from './wiring.ts'

export type House = Awaited<ReturnType<typeof openHouse>>
type Requested = EventData['payment.requested']
type Asked = 'payment.requested' | 'refund.requested'

/** Payment service and provider, wired; the test speaks for the order service. */
export async function openHouse(env: NodeJS.ProcessEnv = {}) {
  const name = `t${randomBytes(4).toString('hex')}`
  const wiring = await openWiring(name, env)
  const events = await openEvents(name)
  const options = `-c search_path=payments_${name}`
  const sql = new pg.Pool({ connectionString: process.env['DATABASE_URL'], options })
  const books = (orderId: string) => wiring.readPayment<MoneyBooks>(`/internal/orders/${orderId}/payments`)
  return {
    ...wiring,
    sql,
    books,
    /** Asks for a payment. */
    async request(outcome: string, more: Partial<Requested> = {}): Promise<Requested> {
      const wish = { ...newPayment(outcome), ...more }
      await events.send('payment.requested', `${wish.paymentId}.requested`, wish)
      return wish
    },
    async refund({
      holdUntil: _hold,
      outcome: _outcome,
      delayMs: _delay,
      ...matter
    }: Requested): Promise<string> {
      const refundId = deriveRefundId(matter.paymentId, 'buyer')
      const data = { refundId, ...matter, cause: 'buyer' } as const
      await events.send('refund.requested', `${refundId}.requested`, data)
      return refundId
    },
    /** What was told of an order so far, sent or not. */
    async told(orderId: string): Promise<Event[]> {
      const { rows } = await sql.query<{ events: string }>('select events from outbox order by id')
      const lines = rows.flatMap((row) => row.events.split('\n')).filter((line) => line.startsWith(orderId))
      return lines.map((line) => JSON.parse(line.slice(line.indexOf('\t') + 1)))
    },
    watched: () => wiring.readPayment<Watched>('/internal/watch'),
    charge: (reference: string) => wiring.readProvider<Charge>(`/charges/${reference}`),
    /** The payment, once it has ended. */
    async ended(orderId: string, limitMs?: number) {
      const look = async () =>
        (await books(orderId)).payments.find(({ state }) => /settled|failed/.test(state))
      return until('the end of the payment', look, limitMs)
    },
    /** The refund, once the provider has confirmed it. */
    async refunded(orderId: string, limitMs?: number) {
      const look = async () => (await books(orderId)).refunds.find(({ state }) => state === 'settled')
      return until('the refund', look, limitMs)
    },
    async close(): Promise<void> {
      await wiring.close()
      await events.close()
      await sql.query(`drop schema payments_${name} cascade; drop schema provider_${name} cascade`)
      await sql.end()
    },
  }
}

export function newPayment(outcome: string): Requested {
  const holdUntil = new Date(Date.now() + 30_000).toISOString()
  const ids = { paymentId: newId(), orderId: newId(), userId: newId() }
  return { ...ids, amountCents: 1999, currency: 'EUR', holdUntil, outcome, delayMs: 0 }
}

async function openEvents(name: string) {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',')
  const log = openLog('test', 'silent')
  const kafka = openKafka({ brokers, clientId: name, prefix: `${name}.`, log })
  await kafka.ensureTopics()
  const sender = openSender(kafka)
  return {
    async send<T extends Asked>(topic: T, id: string, data: EventData[T]): Promise<void> {
      const fact = { id, subject: data.orderId, time: new Date().toISOString(), data }
      const value = writeEvent('urn:stampede:order', topic, fact)
      await sender.send([{ topic: `${name}.${topic}`, key: data.orderId, value }])
    },
    async close(): Promise<void> {
      await sender.close()
      await useAdmin(kafka.client, async (admin) => {
        const topics = await admin.listTopics()
        await admin.deleteTopics({ topics: topics.filter((topic) => topic.startsWith(`${name}.`)) })
      })
    },
  }
}
