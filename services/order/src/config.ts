import { fileURLToPath } from 'node:url'
import { PAYING_HOLD_SECONDS_MAX } from '@stampede/contracts/payments'
import { common, origins, port, readConfig } from '@stampede/kit/config'
import Type, { type Static } from 'typebox'

const url = (scheme: string) => Type.String({ pattern: `^${scheme}://` })
const amount = (fallback: number, maximum: number) => Type.Integer({ minimum: 1, maximum, default: fallback })

const properties = {
  ...common,
  PORT: port(8083),
  DATABASE_URL: url('postgres(ql)?'),
  DATABASE_SCHEMA: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', default: 'orders' }),
  /** Connections for writing; reading has its own, so that a rush of the one does not starve the other. */
  DATABASE_CONNECTIONS: amount(8, 100),
  DATABASE_READ_CONNECTIONS: amount(4, 100),
  REDIS_QUEUE_URL: url('rediss?'),
  /** Put before the names of queues, and of topics and groups, so that several systems can share a server. */
  QUEUE_PREFIX: Type.String({ default: 'stampede', minLength: 1 }),
  KAFKA_BROKERS: Type.String({ pattern: '^[^,:]+:\\d+(,[^,:]+:\\d+)*$' }),
  EVENTS_PREFIX: Type.String({ default: '', pattern: '^[a-z0-9.-]{0,40}$' }),
  INVENTORY_URL: origins('http://127.0.0.1:8082'),
  /** Requests to inventory under way at once, and claims that may wait for one. */
  CLAIM_BATCHES_MAX: amount(2, 64),
  CLAIMS_WAITING_MAX: amount(8_192, 1_000_000),
  /** Orders written in one transaction, transactions at once, and orders that may wait for one. */
  ROWS_PER_BATCH: amount(200, 5_000),
  ROW_BATCHES_MAX: amount(2, 64),
  ROWS_WAITING_MAX: amount(8_192, 1_000_000),
  SWEEP_EVERY_MS: amount(1_000, 60_000),
  /** Orders expired in one transaction. */
  SWEEP_ROWS_MAX: amount(500, 10_000),
  /** How long an order does not expire because a payment is under way. */
  PAYING_HOLD_SECONDS: amount(30, PAYING_HOLD_SECONDS_MAX),
  /** After so long without an answer a payment or refund is asked for once more. */
  RETELL_AFTER_SECONDS: amount(60, 86_400),
  /** How long a paid order can be given back. */
  REFUND_WINDOW_SECONDS: amount(14 * 86_400, 365 * 86_400),
}

export type Config = Readonly<Static<ReturnType<typeof Type.Object<typeof properties>>>>

/** Throws `ConfigError` that names every bad variable. `over` is laid over the environment. */
export function loadConfig(over: NodeJS.ProcessEnv = {}): Config {
  return readConfig(properties, { ...process.env, ...over })
}

export const PRISMA_DIR = fileURLToPath(new URL('../prisma', import.meta.url))
