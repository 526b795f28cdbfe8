import { hash, randomBytes } from 'node:crypto'
import { newId } from '@stampede/contracts/ids'
import type { Rotation, Sessions } from '../domain/ports.ts'
import type { Database } from './database-prisma.ts'

const LIFE_DAYS = 30
const TOKEN_BYTES = 32
const PURGE_ROWS = 5_000

export interface StoredSessions extends Sessions {
  /** Deletes what expired: tokens, and families that have none left. */
  purge(): Promise<void>
}

/**
 * Sessions in Postgres. Each step is one statement on the database's own clock: nothing to race with, one
 * round trip, and no argument with the clock of the machine it runs on.
 */
export function openSessions(database: Database): StoredSessions {
  return {
    async open(userId) {
      const token = newToken()
      await database.$executeRaw`
        WITH family AS (
          INSERT INTO sessions (session_id, user_id) VALUES (${newId()}::uuid, ${userId}::uuid)
          RETURNING session_id
        )
        INSERT INTO refresh_tokens (token_hash, session_id, expires_at)
        SELECT ${digest(token)}, session_id, now() + make_interval(days => ${LIFE_DAYS}) FROM family`
      return token
    },

    async rotate(refreshToken) {
      const given = digest(refreshToken)
      const next = newToken()
      const [owner] = await spend(database, given, digest(next))
      if (owner) return { refreshToken: next, ...owner }
      return (await revokeFamily(database, given)) > 0 ? 'reused' : 'unknown'
    },

    async purge() {
      let deleted: number
      do deleted = await deleteExpired(database)
      while (deleted >= PURGE_ROWS)
      await database.$executeRaw`
        DELETE FROM sessions s WHERE s.created_at < now() - make_interval(days => ${LIFE_DAYS})
        AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.session_id)`
    },
  }
}

type Owner = Omit<Extract<Rotation, object>, 'refreshToken'>

/** Compare-and-set on `used_at`: of all who bring the same token, one gets a row. */
function spend(
  database: Database,
  given: Uint8Array<ArrayBuffer>,
  next: Uint8Array<ArrayBuffer>,
): Promise<Owner[]> {
  return database.$queryRaw<Owner[]>`
    WITH spent AS (
      UPDATE refresh_tokens t SET used_at = now() FROM sessions s
      WHERE t.token_hash = ${given} AND t.used_at IS NULL AND t.expires_at > now()
      AND s.session_id = t.session_id AND s.revoked_at IS NULL
      RETURNING t.session_id, s.user_id
    ), renewed AS (
      INSERT INTO refresh_tokens (token_hash, session_id, expires_at)
      SELECT ${next}, session_id, now() + make_interval(days => ${LIFE_DAYS}) FROM spent
    )
    SELECT u.user_id AS "userId", u.role::text AS role FROM spent JOIN users u USING (user_id)`
}

/**
 * For a known token that could not be spent: somebody has
 * used it, perhaps a thief. Answers the rows it touched.
 */
function revokeFamily(database: Database, given: Uint8Array<ArrayBuffer>): Promise<number> {
  return database.$executeRaw`
    UPDATE sessions s SET revoked_at = coalesce(s.revoked_at, now()) FROM refresh_tokens t
    WHERE t.token_hash = ${given} AND t.expires_at > now() AND s.session_id = t.session_id`
}

function deleteExpired(database: Database): Promise<number> {
  return database.$executeRaw`
    DELETE FROM refresh_tokens WHERE token_hash IN (
      SELECT token_hash FROM refresh_tokens WHERE expires_at < now() LIMIT ${PURGE_ROWS}
    )`
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

function digest(token: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash('sha256', token, 'buffer'))
}
