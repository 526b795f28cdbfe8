import { fileURLToPath } from 'node:url'
import { common, port, readConfig } from '@stampede/kit/config'
import Type from 'typebox'

/** How the service runs. Times in milliseconds unless the name says otherwise. */
export const config = readConfig(
  {
    ...common,
    PORT: port(8082),
    DATABASE_URL: Type.String({ default: 'postgresql://stampede@127.0.0.1:15432/stampede' }),
    DATABASE_SCHEMA: Type.String({ default: 'inventory', pattern: '^[a-z][a-z0-9_]{0,40}$' }),
    DATABASE_CONNECTIONS: Type.Integer({ default: 8, minimum: 4, maximum: 64 }),
    REDIS_GATE_URL: Type.String({ default: 'redis://127.0.0.1:16379' }),
    REDIS_QUEUE_URL: Type.String({ default: 'redis://127.0.0.1:16380', pattern: '^rediss?://' }),
    /** Put before the names of queues, so that several systems can share a server. */
    QUEUE_PREFIX: Type.String({ default: 'stampede', minLength: 1 }),
    KAFKA_BROKERS: Type.String({ default: '127.0.0.1:19092' }),
    EVENTS_PREFIX: Type.String({ default: '', pattern: '^[a-z0-9.-]{0,40}$' }),
    /** Most claims in one script call, in one ledger transaction, and waiting for either. */
    GATE_BATCH: Type.Integer({ default: 512, minimum: 1, maximum: 1_000 }),
    LEDGER_BATCH: Type.Integer({ default: 200, minimum: 1, maximum: 1_000 }),
    LEDGER_IN_FLIGHT: Type.Integer({ default: 2, minimum: 1, maximum: 8 }),
    CLAIMS_QUEUE: Type.Integer({ default: 4_096, minimum: 1, maximum: 100_000 }),
    RECONCILE_EVERY_MS: Type.Integer({ default: 1_000, minimum: 100, maximum: 60_000 }),
    OVERDUE_MS: Type.Integer({ default: 5_000, minimum: 500, maximum: 600_000 }),
  },
  process.env,
)
export type Config = typeof config

export const PRISMA_DIR = fileURLToPath(new URL('../prisma', import.meta.url))
