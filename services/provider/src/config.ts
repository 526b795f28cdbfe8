import { fileURLToPath } from 'node:url'
import { common, port, readConfig } from '@stampede/kit/config'
import { telemetryVariables } from '@stampede/kit/tracing/telemetry'
import Type, { type Static } from 'typebox'

// Not all that is common: this is another house, which does not know how our services recognise each other.
const { NODE_ENV, HOST, LOG_LEVEL, LOG_ACCESS } = common

const properties = {
  ...{ NODE_ENV, HOST, LOG_LEVEL, LOG_ACCESS },
  ...telemetryVariables,
  PORT: port(8087),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  DATABASE_SCHEMA: Type.String({ pattern: '^[a-z][a-z0-9_]{0,62}$', default: 'provider' }),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 1, maximum: 100, default: 4 }),
  /** What our one customer shows us. */
  PROVIDER_KEY: Type.String({ minLength: 16, default: 'development-provider-key' }),
  /** What webhooks are signed with: base64. */
  WEBHOOK_SECRET: Type.String({
    pattern: '^(whsec_)?[A-Za-z0-9+/]{32,}={0,2}$',
    default: 'ZGV2ZWxvcG1lbnQgd2ViaG9vayBzZWNyZXQgb25seQ==',
  }),
  /** Where our customer hears them. */
  WEBHOOK_URL: Type.String({
    pattern: '^https?://',
    default: 'http://127.0.0.1:8080/api/webhooks/payments',
  }),
  /** How often to look for charges and webhooks that are due. */
  SWEEP_EVERY_MS: Type.Integer({ minimum: 10, maximum: 60_000, default: 250 }),
  /** Webhooks on their way at once. */
  WEBHOOKS_IN_FLIGHT: Type.Integer({ minimum: 1, maximum: 100, default: 8 }),
}

export type Config = Readonly<Static<ReturnType<typeof Type.Object<typeof properties>>>>

/** Throws `ConfigError` that names every bad variable. `over` is laid over the environment. */
export function loadConfig(over: NodeJS.ProcessEnv = {}): Config {
  return readConfig(properties, { ...process.env, ...over })
}

export const PRISMA_DIR = fileURLToPath(new URL('../prisma', import.meta.url))
