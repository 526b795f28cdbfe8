import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Charge } from '@stampede/contracts/provider'
import { openLog } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool, type Pool, transaction } from '@stampede/kit/postgres'
import { countsOf } from '@stampede/kit/testing/hop-counts'
import { keepSpansHere } from '@stampede/kit/testing/kept-spans'
import { until } from '@stampede/kit/testing/until'
import { traceparentOf } from '@stampede/kit/tracing/span-id'
import { keepWith } from '@stampede/kit/tracing/spans'
import { newTraceId } from '@stampede/kit/tracing/trace-id'
import { insertPayments } from '../src/adapters/payments-postgres.ts'
import { PRISMA_DIR } from '../src/config.ts'
import { openTill } from '../src/till.ts'
import { newPayment } from './house.ts'

const schema = `payments_till_${randomBytes(4).toString('hex')}`
const log = openLog('payment', 'fatal')
let pool: Pool

before(async () => {
  const url = process.env['DATABASE_URL'] ?? ''
  pool = openPool({ url, schema, service: 'payment-test', connectionsMax: 4, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
})
after(async () => {
  keepWith(undefined)
  await pool.query(`drop schema ${schema} cascade`)
  await pool.end()
})

test('a payment is settled in a trace when it is committed, and every question about it counts', async () => {
  const steps: string[] = []
  keepSpansHere({ take: ({ name }) => void (name.endsWith('batch') || steps.push(name)) })
  const { paymentId, amountCents, currency, ...rest } = newPayment('never')
  const data = { paymentId, amountCents, currency, ...rest }
  let asked = 0
  const answer = (): Charge => {
    asked++
    const state = asked < 3 ? 'processing' : 'succeeded'
    return { reference: paymentId, chargeId: paymentId, state, amountCents, currency, refundedCents: 0 }
  }
  const provider = {
    charge: async () => answer(),
    find: async () => answer(),
    credit: async () => 'unavailable' as const,
  }
  const config = { POLL_AFTER_MS: 1, PROVIDER_IN_FLIGHT: 1, SWEEP_EVERY_MS: 20 }
  const till = openTill({ pool, log, config, provider, onTold: () => void steps.push('committed') })
  try {
    const traceparent = traceparentOf(newTraceId(true), 'send payment.requested')
    await transaction(pool, (tx) => insertPayments(tx, [{ data, traceparent }]))
    await until('its end', () => steps.includes('payment settle'))
    await until('the last answer', () => countsOf('payment charge').times === 3)
  } finally {
    await till.close()
  }
  assert.equal(asked, 3)
  assert.deepEqual(steps, ['committed', 'payment charge', 'committed', 'committed', 'payment settle'])
  assert.equal(countsOf('payment settle').times, 1)
})
