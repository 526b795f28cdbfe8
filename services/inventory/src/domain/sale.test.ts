import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type SaleRow, saleState } from './sale.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 12, minute))
const sale = {
  status: 'open',
  available: 5,
  startsAt: at(10),
  endsAt: at(20),
} as SaleRow

for (const [title, given, now, wanted] of [
  ['before its start a sale is scheduled', {}, at(9), 'scheduled'],
  ['from its start on it is open', {}, at(10), 'open'],
  ['with nothing left it is sold out', { available: 0 }, at(15), 'sold_out'],
  ['at its end it is closed, sold out or not', { available: 0 }, at(20), 'closed'],
  ['paused counts before its times', { status: 'paused' }, at(9), 'paused'],
  ['paused counts before sold out', { status: 'paused', available: 0 }, at(15), 'paused'],
  ['closed counts before all', { status: 'closed' }, at(9), 'closed'],
] as const) {
  test(title, () => assert.equal(saleState({ ...sale, ...given }, now), wanted))
}
