import { fileURLToPath } from 'node:url'
import { common, origins, port, readConfig } from '@stampede/kit/config'
import Type, { type Static } from 'typebox'

const SECRET = '(whsec_)?[A-Za-z0-9+/]{32,}={0,2}'
const amount = (fallback: number, maximum: number) => Type.Integer({ minimum: 1, maximum, default: fallback })

const properties = {
  ...common,
  PORT: port(8084),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  DATABASE_SCHEMA: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', default: 'payments' }),
  DATABASE_CONNECTIONS: amount(8, 100),
  KAFKA_BROKERS: Type.String({ pattern: '^[^,:]+:\\d+(,[^,:]+:\\d+)*$' }),
  /** Put before the names of topics and groups, so that several systems can share a broker. */
  EVENTS_PREFIX: Type.String({ default: '', pattern: '^[a-z0-9.-]{0,40}$' }),
  PROVIDER_URL: origins('http://127.0.0.1:8087'),
  /** What we show the provider. */
  PROVIDER_KEY: Type.String({ minLength: 16, default: 'development-provider-key' }),
  /** What the provider signs with: base64. While it is changed, the old and the new one, comma separated. */
  WEBHOOK_SECRET: Type.String({
    pattern: `^${SECRET}(,${SECRET})?$`,
    default: 'ZGV2ZWxvcG1lbnQgd2ViaG9vayBzZWNyZXQgb25seQ==',
  }),
  /** A charge of which nothing is heard for so long is asked about; then ever less often. */
  POLL_AFTER_MS: amount(2_000, 60_000),
  /** Questions to the provider under way at once; refunds have as many of their own. */
  PROVIDER_IN_FLIGHT: amount(8, 100),
  SWEEP_EVERY_MS: amount(500, 60_000),
}

export type Config = Readonly<Static<ReturnType<typeof Type.Object<typeof properties>>>>

/** Throws `ConfigError` that names every bad variable. `over` is laid over the environment. */
export function loadConfig(over: NodeJS.ProcessEnv = {}): Config {
  return readConfig(properties, { ...process.env, ...over })
}

export const PRISMA_DIR = fileURLToPath(new URL('../prisma', import.meta.url))
