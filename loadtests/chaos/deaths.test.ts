import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { explainDeaths, openDeathBook } from './deaths.ts'

const folder = mkdtempSync(join(tmpdir(), 'deaths-'))
after(() => rmSync(folder, { recursive: true }))

const DIED = { kind: 'died', text: 'died (exit 1), starts again in 0.2 s' } as const

test('only who ends while no fault is at it is written down, from the first fault on', () => {
  const book = openDeathBook()
  book.hear({ part: 'order', ...DIED })
  book.begin({ isTouched: (part) => part === 'kafka' })
  book.hear({ part: 'kafka', ...DIED })
  book.hear({ part: 'user', kind: 'back', text: '' })
  book.hear({ part: 'payment', ...DIED })
  assert.deepEqual(
    book.deaths.map(({ part, how }) => [part, how]),
    [['payment', DIED.text]],
  )
})

test('a death is explained by the fatal word right before it, not by one of an earlier death', async () => {
  const at = Date.parse('2026-11-22T00:10:00.000Z')
  const line = (level: string, agoMs: number, msg: string) =>
    JSON.stringify({ level, time: new Date(at - agoMs).toISOString(), service: 'order', msg })
  const lines = [
    line('fatal', 300_000, 'could not start'),
    line('fatal', 4000, 'events no longer move'),
    line('info', 10, 'draining'),
    '{"level":"fatal","time":"20',
  ]
  writeFileSync(join(folder, 'order.log'), lines.join('\n'))
  const how = DIED.text
  const deaths = [
    { part: 'order', at, how },
    { part: 'order', at: at - 100_000, how },
    { part: 'payment', at, how },
  ]
  assert.deepEqual(
    (await explainDeaths(deaths, folder)).map(({ word }) => word),
    ['events no longer move', undefined, undefined],
  )
})
