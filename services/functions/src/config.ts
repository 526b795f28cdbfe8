import { fileURLToPath } from 'node:url'
import { common, port, readConfig } from '@stampede/kit/config'
import Type, { type Static } from 'typebox'

const url = (scheme: string) => Type.String({ pattern: `^${scheme}://` })
const amount = (fallback: number, maximum: number) => Type.Integer({ minimum: 1, maximum, default: fallback })

const properties = {
  ...common,
  PORT: port(8085),
  DATABASE_URL: url('postgres(ql)?'),
  DATABASE_SCHEMA: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', default: 'functions' }),
  DATABASE_CONNECTIONS: amount(6, 100),
  REDIS_QUEUE_URL: url('rediss?'),
  /** Put before the names of queues, and of topics and groups, so that several systems can share a server. */
  QUEUE_PREFIX: Type.String({ default: 'stampede', minLength: 1 }),
  KAFKA_BROKERS: Type.String({ pattern: '^[^,:]+:\\d+(,[^,:]+:\\d+)*$' }),
  EVENTS_PREFIX: Type.String({ default: '', pattern: '^[a-z0-9.-]{0,40}$' }),
  /** Where the modules of the functions stand. */
  FUNCTIONS_DIR: Type.String({
    minLength: 1,
    default: fileURLToPath(new URL('functions', import.meta.url)),
  }),
  /** Threads kept warm; 10 MB each. With 0 each call starts one of its own. */
  POOL_THREADS: Type.Integer({ minimum: 0, maximum: 64, default: 1 }),
  /** Node's own; the threads are told of it. */
  NODE_COMPILE_CACHE: Type.Optional(Type.String({ minLength: 1 })),
  /** How long a call may take before its thread is ended. */
  CALL_MS: amount(5_000, 600_000),
  /** Calls that may wait for a thread. */
  CALLS_WAITING_MAX: amount(100, 10_000),
  /** Jobs of each queue under way at once. */
  JOBS_AT_ONCE: amount(4, 64),
  /** A call that failed so often is given up. */
  TRIES_MAX: amount(5, 100),
  /** The pause after the first failure; it doubles up to the longest. */
  RETRY_FIRST_MS: amount(1_000, 600_000),
  RETRY_MOST_MS: amount(60_000, 3_600_000),
  /** The job of a call due for so long is looked for: it may lie where no worker finds it. */
  JOB_LOST_MS: amount(30_000, 600_000),
  SWEEP_EVERY_MS: amount(1_000, 60_000),
  /** Calls announced in one sweep. */
  SWEEP_ROWS_MAX: amount(1_000, 10_000),
}

export type Config = Readonly<Static<ReturnType<typeof Type.Object<typeof properties>>>>

/** Throws `ConfigError` that names every bad variable. `over` is laid over the environment. */
export function loadConfig(over: NodeJS.ProcessEnv = {}): Config {
  return readConfig(properties, { ...process.env, ...over })
}

export const PRISMA_DIR = fileURLToPath(new URL('../prisma', import.meta.url))
