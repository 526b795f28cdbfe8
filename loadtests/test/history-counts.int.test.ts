import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHistories, type HistoryVerdict } from '../chaos/histories/check-histories.ts'
import { checkBooks } from '../demo/books/books.ts'
import type { Entry } from '../demo/journal.ts'
import { withSlowChecker } from './slow-checker.ts'
import { ANN, PLACED, SALE_ID } from './small-lives.ts'
import { byOwner, soundEvidence, told } from './small-world.ts'
import { openWorlds } from './worlds.ts'

const worlds = await openWorlds('counts')
const DOUBTFUL_TOO_MANY = 11

const body = JSON.stringify({ saleId: SALE_ID, quantity: 2, totalCents: 500, version: 0, state: 'pending' })
const READ: Entry = { entry: 'read', ...byOwner(ANN), tookMs: 5, status: 200, body }

function unheard(many: number): Entry[] {
  const { body: _, ...silent } = { ...told(ANN), sentAt: Date.parse(PLACED), status: 0, failure: 'closed' }
  return Array.from({ length: many }, (__, index) => ({ ...silent, key: `unheard-${index}` }))
}

/** The checker says a legal sale, if it is asked for one, then dies of age over the order. */
async function count(more: readonly Entry[], words: string): Promise<HistoryVerdict['counts']> {
  const evidence = soundEvidence()
  const faults = { poisonMarker: 'none', spans: [] }
  let counts: HistoryVerdict['counts'] | undefined
  await withSlowChecker(words, (porcupine) =>
    checkBooks(
      worlds.sound,
      { ...evidence, faults, journal: [...evidence.journal, ...more] },
      async (client) => {
        const { sales } = evidence
        counts = (await checkHistories(client, { sales, faults, porcupine, porcupineMs: 1_500 })).counts
      },
    ).then(() => undefined),
  )
  assert.ok(counts)
  return counts
}

test('it is told how many histories were decided, left open, and never given to the checker', async () => {
  const legal = `${JSON.stringify({ id: SALE_ID, model: 'stock', verdict: 'legal' })}\n`
  assert.deepEqual(await count([READ], legal), {
    ...{ stocks: 1, orders: 1 },
    porcupine: { checked: 1, unknown: 1, left: 0, longest: 8 },
  })
  assert.deepEqual(await count([READ, ...unheard(DOUBTFUL_TOO_MANY)], ''), {
    ...{ stocks: 1, orders: 1 },
    porcupine: { checked: 0, unknown: 1, left: 1, longest: 0 },
  })
})
