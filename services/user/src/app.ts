import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AccessLog } from '@stampede/kit/access-log'
import { openClock } from '@stampede/kit/clock'
import type { Log } from '@stampede/kit/log'
import { migrate } from '@stampede/kit/migrate'
import { openPool, type Pool } from '@stampede/kit/postgres'
import { internalOnly, openServer } from '@stampede/kit/server'
import { openAccounts } from './adapters/accounts-prisma.ts'
import { checkDatabase, openDatabase } from './adapters/database-prisma.ts'
import { openPasswords } from './adapters/passwords-argon2.ts'
import { openSessions, type StoredSessions } from './adapters/sessions-prisma.ts'
import { makeSigningKey, openTokens, type PublishedTokens } from './adapters/tokens-fast-jwt.ts'
import type { Config, SigningKey } from './config.ts'
import { keepOperator } from './domain/keep-operator.ts'
import { keyRoutes } from './routes/keys.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { testBuyerRoutes } from './routes/test-buyers.ts'
import { userRoutes } from './routes/users.ts'

const PRISMA_DIR = join(import.meta.dirname, '../prisma')
const PURGE_EVERY_MS = 3_600_000

export interface UserApp {
  /** Where it listens, e.g. `http://127.0.0.1:8081`. */
  readonly url: string
  close(): Promise<void>
}

/** Opens the service: schema migrated, operator's account kept, listening. */
export async function openApp(config: Config, log: Log): Promise<UserApp> {
  const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATABASE_CONNECTIONS: connectionsMax } = config
  const pool = openPool({ url, schema, service: 'user', connectionsMax, log })
  await migrate(pool, { url, schema, prismaDir: PRISMA_DIR })
  const clock = await openClock(pool, log)
  const tokens = openTokens(chooseKeys(config, log), clock.now)
  const database = openDatabase(pool, schema)
  const accounts = openAccounts(database)
  const sessions = openSessions(database)
  const passwords = await openPasswords()
  const operator = await keepOperator({ accounts, passwords }, config.OPERATOR_PASSWORD)
  log.info({ operator }, 'operator account')

  const server = await openRoutes(
    { config, log, pool },
    { accounts, passwords, sessions, tokens, now: clock.now },
  )
  const purge = purgeRegularly(sessions, log)
  return {
    url: `http://${config.HOST}:${(server.server.address() as AddressInfo).port}`,
    async close() {
      await server.close()
      clearInterval(purge)
      clock.close()
      await passwords.close()
      await database.$disconnect()
      await pool.end()
    },
  }
}

interface Means {
  readonly config: Config
  readonly log: Log
  readonly pool: Pool
}

interface Ports {
  readonly accounts: ReturnType<typeof openAccounts>
  readonly passwords: Awaited<ReturnType<typeof openPasswords>>
  readonly sessions: StoredSessions
  readonly tokens: PublishedTokens
  /** In epoch milliseconds. */
  readonly now: () => number
}

async function openRoutes({ config, log, pool }: Means, ports: Ports) {
  const server = openServer({
    service: 'user',
    log,
    access: new AccessLog(log, config.LOG_ACCESS),
    checks: async () => ({ postgres: await checkDatabase(pool) }),
  })
  internalOnly(server, config.INTERNAL_KEY)
  userRoutes(server, ports)
  sessionRoutes(server, { ...ports, accessSeconds: config.ACCESS_TOKEN_SECONDS })
  keyRoutes(server, ports.tokens.keySet, ports.now)
  if (config.ALLOW_TEST_BUYERS) {
    testBuyerRoutes(server, { ...ports, tokenSeconds: config.TEST_BUYER_TOKEN_SECONDS })
  }
  await server.listen({ host: config.HOST, port: config.PORT })
  return server
}

function chooseKeys({ signingKeys: [first, ...rest] }: Config, log: Log): [SigningKey, ...SigningKey[]] {
  if (first) return [first, ...rest]
  log.warn('no SIGNING_KEYS: made one that dies with this process, and all access tokens with it')
  return [makeSigningKey()]
}

function purgeRegularly(sessions: StoredSessions, log: Log): NodeJS.Timeout {
  const purge = () =>
    sessions.purge().catch((error: unknown) => log.warn({ err: error }, 'could not delete expired sessions'))
  return setInterval(purge, PURGE_EVERY_MS).unref()
}
