import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { openLog } from '@stampede/kit/log'
import pg from 'pg'
import { openApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
type Body = any

export interface Answer {
  readonly status: number
  readonly body: Body
  readonly headers: Headers
}

export interface House {
  readonly url: string
  readonly config: Config
  get(path: string): Promise<Answer>
  post(path: string, body: unknown): Promise<Answer>
  sql(text: string, values?: unknown[]): Promise<Body[]>
  /** Stops the service; its schema stays for another house to open. */
  stop(): Promise<void>
  close(): Promise<void>
}

/** The service on a schema of its own in the real Postgres. */
export async function openHouse(changes: Partial<Config> = {}): Promise<House> {
  const DATABASE_SCHEMA = changes.DATABASE_SCHEMA ?? newSchema()
  const config = { ...loadConfig(), DATABASE_SCHEMA, ...changes, PORT: 0 }
  const app = await openApp(config, openLog('user-test', 'error'))
  const client = new pg.Client({ connectionString: config.DATABASE_URL })
  await client.connect()
  await client.query(`SET search_path = ${DATABASE_SCHEMA}`)
  const authorization = `Bearer ${config.INTERNAL_KEY}`
  return {
    url: app.url,
    config,
    get: (path) => ask(app.url + path, { headers: { authorization } }),
    post: (path, body) => {
      const headers = { authorization, 'content-type': 'application/json' }
      return ask(app.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    },
    sql: async (text, values) => (await client.query(text, values)).rows,
    async stop() {
      await app.close()
      await client.end()
    },
    async close() {
      await app.close()
      await client.query(`DROP SCHEMA ${DATABASE_SCHEMA} CASCADE`)
      await client.end()
    },
  }
}

export function newSchema(): string {
  return `user_test_${randomBytes(6).toString('hex')}`
}

export async function ask(url: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, init)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text), headers: answer.headers }
}

let people = 0

/** A registered account; its email is in mixed case. */
export async function addPerson(house: House) {
  const person = {
    email: `Person${++people}@Example.com`,
    password: `secret of ${people}`,
    name: `Person ${people}`,
  }
  const { status, body } = await house.post('/internal/users', person)
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return { ...person, userId: body.userId as string }
}

export async function logIn(house: House, { email, password }: { email: string; password: string }) {
  const { status, body } = await house.post('/internal/sessions', { email, password })
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body as { accessToken: string; refreshToken: string; expiresIn: number }
}

/**
 * The claims of a token, if a key of the set signed it:
 * checked by Node's own crypto, not the library that signs.
 */
export function claimsOf(token: string, keys: readonly { kid: string; x: string }[]) {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const jwk = keys.find((key) => key.kid === header.kid)
  if (!jwk || header.alg !== 'EdDSA' || header.typ !== 'JWT') return undefined
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: jwk.x }, format: 'jwk' })
  const good = verify(null, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))
  return good ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : undefined
}
