import { common, origins, port, readConfig } from '@stampede/kit/config'
import Type from 'typebox'

export type Config = ReturnType<typeof loadConfig>

/** Throws `ConfigError` that names every bad variable. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  return readConfig({ ...common, ...variables }, env)
}

const ADDRESS = '(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*)(/\\d{1,3})?'

const variables = {
  PORT: port(8080),
  USER_URL: origins('http://127.0.0.1:8081'),
  INVENTORY_URL: origins('http://127.0.0.1:8082'),
  ORDER_URL: origins('http://127.0.0.1:8083'),
  PAYMENT_URL: origins('http://127.0.0.1:8084'),
  FUNCTIONS_URL: origins('http://127.0.0.1:8085'),
  /** How long a buyer waits at most for the answer to a purchase. */
  DEADLINE_MS: Type.Integer({ minimum: 100, maximum: 30_000, default: 2_000 }),
  /** Most purchases waiting to travel; beyond it they are turned away at once. */
  CLAIMS_QUEUE_MAX: Type.Integer({ minimum: 1, maximum: 100_000, default: 8_192 }),
  /** Most batches of purchases on their way at once. Fewer make them larger. */
  CLAIMS_IN_FLIGHT: Type.Integer({ minimum: 1, maximum: 64, default: 2 }),
  /** How long purchases gather beside a batch on its way: a batch costs nearly the same for 1 and for 50. */
  CLAIMS_GATHER_MS: Type.Integer({ minimum: 0, maximum: 100, default: 10 }),
  /** Most requests of other kinds under way at each service; beyond it they are turned away at once. */
  ASKS_MAX: Type.Integer({ minimum: 1, maximum: 10_000, default: 1_000 }),
  /** Purchases a buyer may attempt in ten seconds. */
  QUOTA_ATTEMPTS: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 50 }),
  /** Log-ins with one email from one address in a minute. */
  QUOTA_LOGINS: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 20 }),
  /** Without it, open streams look for changes of their orders instead of hearing of them. */
  KAFKA_BROKERS: Type.Optional(Type.String({ pattern: '^[^,:]+:\\d+(,[^,:]+:\\d+)*$' })),
  /** Put before the names of topics and groups, so that several systems can share a broker. */
  EVENTS_PREFIX: Type.String({ default: '', pattern: '^[a-z0-9.-]{0,40}$' }),
  /** Streams open at once, and those of one user or, where nobody says who they are, of one address. */
  STREAMS_MAX: Type.Integer({ minimum: 1, maximum: 8_000, default: 5_000 }),
  STREAMS_EACH: Type.Integer({ minimum: 1, maximum: 8_000, default: 10 }),
  /** How often an open stream says that it is there; that of an order looks at it again as often. */
  STREAM_BEAT_MS: Type.Integer({ minimum: 100, maximum: 30_000, default: 10_000 }),
  /** The share of requests whose trace is kept, and most of those in a second. */
  TRACE_RATIO: Type.Number({ minimum: 0, maximum: 1, default: 0.01 }),
  TRACES_PER_SECOND_MAX: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 50 }),
  /** Who sends it as `x-trace-key` has the trace of the request kept. Without it nobody has. */
  TRACE_KEY: Type.Optional(Type.String({ minLength: 16 })),
  /** Where kept traces are asked for, by Jaeger's API. Without it stories are told from the books alone. */
  JAEGER_URL: Type.Optional(Type.String({ pattern: '^https?://[^/?#@ ]+$' })),
  /** Proxies whose `x-forwarded-for` is believed: addresses and CIDR ranges, comma separated. */
  TRUST_PROXY: Type.String({
    pattern: `^${ADDRESS}(,${ADDRESS})*$`,
    default: '127.0.0.0/8,::1/128',
  }),
}
