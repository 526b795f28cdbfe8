import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openWatchList } from './watch-list.ts'

const NONE = new Set<string>()

function lookOften(list: ReturnType<typeof openWatchList>, moving: ReadonlySet<string>): void {
  for (let looks = 0; looks < 20; looks++) list.saw(list.ids(), moving)
}

test('a sale that gave way is watched while anything of it moves, and a while longer', () => {
  const list = openWatchList({ current: () => ['b'], all: () => ['a', 'b'] })
  lookOften(list, new Set(['a']))
  assert.deepEqual(list.ids(), ['a', 'b'])
  list.saw(list.ids(), NONE)
  assert.deepEqual(list.ids(), ['a', 'b'])
  lookOften(list, NONE)
  assert.deepEqual(list.ids(), ['b'])
})

test('of very many sales the newest are watched', () => {
  const ids = Array.from({ length: 1_500 }, (_, index) => `${index}`)
  const list = openWatchList({ current: () => [], all: () => ids })
  assert.deepEqual([list.ids().length, list.ids()[0], list.ids().at(-1)], [1_000, '500', '1499'])
})
