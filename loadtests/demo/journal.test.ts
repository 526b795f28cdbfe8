import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Asked, type Entry, openJournal, readJournal, type SaleEntry } from './journal.ts'

const folder = mkdtempSync(join(tmpdir(), 'journal-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}.ndjson`)

const ASKED = { entry: 'read', orderId: 'o', userId: 'u', sentAt: 1 } as const satisfies Asked
const SALE = { entry: 'sale', saleId: 's', units: 1, limit: 1, windowSeconds: 5, openedAt: 1 } as const

async function readAll(file: string): Promise<(Entry | SaleEntry)[]> {
  return Array.fromAsync(readJournal(file))
}

test('what was asked and what was told become one entry, in the order of the answers', async () => {
  const file = newFile()
  const journal = openJournal(file)
  const [first, second] = [
    journal.begin({ ...ASKED, orderId: 'a' }),
    journal.begin({ ...ASKED, orderId: 'b' }),
  ]
  second({ tookMs: 2, status: 200 })
  journal.write(SALE)
  first({ tookMs: 9, status: 503, code: 'unavailable' })
  await journal.close()
  assert.deepEqual(await readAll(file), [
    { ...ASKED, orderId: 'b', tookMs: 2, status: 200 },
    SALE,
    { ...ASKED, orderId: 'a', tookMs: 9, status: 503, code: 'unavailable' },
  ])
})

test('what was never answered is told last, as unheard', async () => {
  const file = newFile()
  const journal = openJournal(file)
  journal.begin(ASKED)
  journal.write(SALE)
  await journal.close()
  assert.deepEqual(await readAll(file), [SALE, { ...ASKED, tookMs: 0, status: 0, failure: 'unheard' }])
})

test('a line that cannot be read is no line that may be left out, unless it is the last', async () => {
  const file = newFile()
  appendFileSync(file, `{"sent":1,"ask\n${JSON.stringify(SALE)}\n`)
  await assert.rejects(readAll(file), /no JSON: \{"sent":1,"ask/)
})

test('lines reach the disk by themselves, and half a line at the end does no harm', async () => {
  const file = newFile()
  const journal = openJournal(file)
  journal.write(SALE)
  const deadline = performance.now() + 5_000
  while (readFileSync(file, 'utf8') === '' && performance.now() < deadline) await sleep(10)
  appendFileSync(file, '{"sent":1,"ask')
  assert.deepEqual(await readAll(file), [SALE])
  await journal.close()
})
