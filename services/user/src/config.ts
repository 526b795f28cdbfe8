import { common, port, readConfig } from '@stampede/kit/config'
import Type, { type Static } from 'typebox'
import Value from 'typebox/value'

const BYTES_32 = '^[A-Za-z0-9_-]{43}$'

/** A private Ed25519 key (RFC 8037) with the name by which verifiers find its public half. */
const SigningKey = Type.Object({
  kty: Type.Literal('OKP'),
  crv: Type.Literal('Ed25519'),
  d: Type.String({ pattern: BYTES_32 }),
  x: Type.String({ pattern: BYTES_32 }),
  kid: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
})
export type SigningKey = Static<typeof SigningKey>

const SigningKeys = Type.Array(SigningKey, { minItems: 1, maxItems: 8 })

export type Config = ReturnType<typeof loadConfig>

/** Throws `ConfigError` that names every bad variable. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  // Test buyers have no password and no email: production gets them only by asking.
  const ALLOW_TEST_BUYERS = Type.Boolean({ default: env['NODE_ENV'] !== 'production' })
  const values = readConfig({ ...common, ...variables, ALLOW_TEST_BUYERS }, env)
  return Object.freeze({ ...values, signingKeys: parseKeys(values.SIGNING_KEYS) ?? [] })
}

const variables = {
  PORT: port(8081),
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  DATABASE_SCHEMA: Type.String({ pattern: '^[a-z_][a-z0-9_]{0,62}$', default: 'users' }),
  DATABASE_CONNECTIONS: Type.Integer({ minimum: 2, maximum: 100, default: 8 }),
  ACCESS_TOKEN_SECONDS: Type.Integer({ minimum: 60, maximum: 3_600, default: 600 }),
  /** Longer than a buyer's, since a load test may outlive ten minutes. */
  TEST_BUYER_TOKEN_SECONDS: Type.Integer({ minimum: 60, maximum: 86_400, default: 3_600 }),
  OPERATOR_PASSWORD: Type.String({ minLength: 8, maxLength: 128, default: 'operator' }),
  /** A JSON array of private JWKs: the first signs, all are published, so keys can change with an overlap. */
  SIGNING_KEYS: Type.Refine(
    Type.String({ default: '' }),
    (text) => text === '' || parseKeys(text) !== undefined,
    () => 'must be a JSON array of private Ed25519 JWKs, each with its own kid',
  ),
}

function parseKeys(text: string): SigningKey[] | undefined {
  try {
    const keys: unknown = JSON.parse(text)
    if (!Value.Check(SigningKeys, keys)) return undefined
    return new Set(keys.map((key) => key.kid)).size === keys.length ? keys : undefined
  } catch {
    return undefined
  }
}
