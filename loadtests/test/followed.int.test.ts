import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countFollowed, type Followed } from '../chaos/books/followed.ts'
import { checkBooks } from '../demo/books/books.ts'
import type { Span } from '../demo/books/timeline.ts'
import { PLACED } from './small-lives.ts'
import { soundEvidence } from './small-world.ts'
import { openWorlds } from './worlds.ts'

const worlds = await openWorlds('followed')
const PLACED_MS = Date.parse(PLACED)

/** Bob's order ended after one second, Dan's after three, Eve's after two and again after four. */
async function follow(afterSeconds: number, faults: readonly Span[] = []): Promise<Followed> {
  let followed: Followed | undefined
  const sql = `UPDATE inventory.inbox SET seen_at = '${PLACED}'::timestamptz
    + ${afterSeconds} * interval '1 second'`
  await worlds.withChanged(sql, async (url) => {
    await checkBooks(url, soundEvidence(), async (client) => {
      followed = await countFollowed(client, faults)
    })
  })
  assert.ok(followed)
  return followed
}

test('an end that the ledger follows in five seconds is in time, one that takes longer is late', async () => {
  assert.deepEqual(await follow(5.9), { ends: 4, late: 0, slowestMs: 0 })
  assert.deepEqual(await follow(7.5), { ends: 4, late: 2, slowestMs: 6_500 })
})

test('what was broken on the way excuses an end until ten seconds after all had recovered', async () => {
  const faults = [{ from: PLACED_MS, to: PLACED_MS + 20_000 }]
  assert.equal((await follow(29.9, faults)).late, 0)
  assert.equal((await follow(30.1, faults)).late, 4)
})
