import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PAYING_HOLD_SECONDS_MAX } from '@stampede/contracts/payments'
import { loadConfig } from './config.ts'

const engines = {
  DATABASE_URL: 'postgres://127.0.0.1/x',
  REDIS_QUEUE_URL: 'redis://127.0.0.1',
  KAFKA_BROKERS: '127.0.0.1:9092',
}
const holding = (seconds: number) => loadConfig({ ...engines, PAYING_HOLD_SECONDS: String(seconds) })

test('a payment does not hold an order for longer than inventory waits before units count as orphaned', () => {
  assert.equal(holding(PAYING_HOLD_SECONDS_MAX).PAYING_HOLD_SECONDS, PAYING_HOLD_SECONDS_MAX)
  assert.throws(() => holding(PAYING_HOLD_SECONDS_MAX + 1), /PAYING_HOLD_SECONDS/)
})
