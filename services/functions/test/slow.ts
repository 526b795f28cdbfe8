import { until } from '@stampede/kit/testing/until'
import type pg from 'pg'

const SECONDS = 2
/** What a transaction must have done for its commit to be slow. */
const CAUSES = {
  'points written': ['points', 'true'],
  'a waiting call written': ['call', "new.state = 'waiting'"],
} as const
/** Others see at once that a sequence moved, whatever becomes of the transaction. */
const BEGUN_SQL = 'select 1 from begun where is_called'

/**
 * Until `mend`, a transaction takes two seconds for its commit, when all it had to say is said and nobody
 * sees it yet. `sleeping` waits for one that has come so far.
 */
export async function slowCommits(sql: pg.Pool, cause: keyof typeof CAUSES) {
  const [table, condition] = CAUSES[cause]
  await sql.query(`create sequence begun;
    create function slow() returns trigger language plpgsql as
    $$ begin perform nextval('begun'), pg_sleep(${SECONDS}); return null; end $$;
    create constraint trigger slow after insert on ${table} deferrable initially deferred
    for each row when (${condition}) execute function slow()`)
  return {
    sleeping: () => until('a commit under way', async () => (await sql.query(BEGUN_SQL)).rowCount === 1),
    mend: () => sql.query('drop function slow cascade; drop sequence begun'),
  }
}
