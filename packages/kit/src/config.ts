import Type, { type Static, type TObject, type TProperties } from 'typebox'
import Value from 'typebox/value'
import { telemetryVariables } from './tracing/telemetry.ts'

type Env = Record<string, string | undefined>

/** What every service is told. Ports 1..65535; URLs as the client libraries take them. */
export const common = {
  NODE_ENV: Type.Enum(['development', 'production'], { default: 'development' }),
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error'], { default: 'info' }),
  /** Which requests get a line: those that failed or whose trace is kept, a few in a second, or all. */
  LOG_ACCESS: Type.Enum(['some', 'all'], { default: 'some' }),
  ...telemetryVariables,
  /** Shared by the services to recognise each other. */
  INTERNAL_KEY: Type.String({ minLength: 16, default: 'development-internal-key' }),
}

export function port(fallback: number) {
  return Type.Integer({ minimum: 1, maximum: 65_535, default: fallback })
}

/** One or more origins (`http://host:port`), comma separated. */
export function origins(fallback: string) {
  return Type.String({ pattern: '^https?://[^,/]+(,https?://[^,/]+)*$', default: fallback })
}

/**
 * Reads the environment once, at boot. Throws `ConfigError`, whose message lists every bad variable at once.
 * In production a default secret is a bad variable too.
 */
export function readConfig<P extends TProperties>(properties: P, env: Env): Readonly<Static<TObject<P>>> {
  const schema = Type.Object(properties)
  const given = Object.fromEntries(Object.keys(properties).flatMap((k) => (env[k] ? [[k, env[k]]] : [])))
  const value = Value.Convert(schema, Value.Default(schema, given))
  const bad = [...Value.Errors(schema, value)].map(
    (e) => `  ${e.instancePath.slice(1) || 'environment'}: ${e.message}`,
  )
  for (const [name, part] of Object.entries(properties)) {
    const secret = /KEY|PASSWORD|SECRET/.test(name)
    if (
      env['NODE_ENV'] === 'production' &&
      secret &&
      'default' in part &&
      (env[name] || part.default) === part.default
    ) {
      bad.push(`  ${name}: must not be the default in production`)
    }
  }
  if (bad.length > 0) throw new ConfigError(`Bad configuration:\n${bad.join('\n')}`)
  return Object.freeze(value) as Readonly<Static<TObject<P>>>
}

export class ConfigError extends Error {}
