import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPorcupine } from '@stampede/local/engines/porcupine'
import {
  ILLEGAL_ORDERS,
  ILLEGAL_STOCKS,
  LEGAL_ORDERS,
  LEGAL_STOCKS,
} from '../chaos/histories/histories.cases.ts'
import { askPorcupine } from '../chaos/histories/porcupine.ts'
import { withSlowChecker } from './slow-checker.ts'

const porcupine = await findPorcupine(() => undefined)

if (porcupine === undefined) {
  test('without Go there is no porcupine, and nothing is said to have been checked by it', () => {
    assert.equal(porcupine, undefined)
  })
} else {
  for (const { what, history } of [...LEGAL_STOCKS, ...LEGAL_ORDERS]) {
    test(`porcupine, legal: ${what}`, async () => assert.equal(await verdictOn(porcupine, history), 'legal'))
  }
  for (const { what, history } of [...ILLEGAL_STOCKS, ...ILLEGAL_ORDERS]) {
    test(`porcupine, illegal: ${what}`, async () =>
      assert.equal(await verdictOn(porcupine, history), 'illegal'))
  }
  test('porcupine answers for each history, in their order', async () => {
    const [legal, illegal] = [LEGAL_STOCKS[0]?.history, ILLEGAL_ORDERS[0]?.history]
    assert.ok(legal && illegal)
    const verdicts = await askPorcupine(porcupine, [legal, illegal])
    assert.deepEqual(verdicts, [
      { id: 's', model: 'stock', verdict: 'legal' },
      { id: 'o', model: 'order', verdict: 'illegal' },
    ])
  })
}

test('what the checker has not said when its time is up is unknown, and what it has said counts', async () => {
  const said = JSON.stringify({ id: 's', model: 'stock', verdict: 'illegal' })
  const [stock, order] = [ILLEGAL_STOCKS[0]?.history, LEGAL_ORDERS[0]?.history]
  assert.ok(stock && order)
  await withSlowChecker(`${said}\n{"id":"o","mo`, async (file) => {
    assert.deepEqual(await askPorcupine(file, [stock, order, stock], 1_500), [
      { id: 's', model: 'stock', verdict: 'illegal' },
      { id: 'o', model: 'order', verdict: 'unknown' },
      { id: 's', model: 'stock', verdict: 'unknown' },
    ])
  })
})

async function verdictOn(file: string, history: Parameters<typeof askPorcupine>[1][number]) {
  const [verdict] = await askPorcupine(file, [history])
  return verdict?.verdict
}
