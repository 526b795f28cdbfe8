import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ILLEGAL_ORDERS, ILLEGAL_STOCKS, LEGAL_ORDERS, LEGAL_STOCKS } from './histories.cases.ts'
import { findIllegalOrder } from './order-model.ts'
import { findIllegalStock } from './stock-model.ts'

for (const { what, history } of LEGAL_STOCKS) {
  test(`our own model, a sale, legal: ${what}`, () => assert.deepEqual(findIllegalStock(history), []))
}

for (const { what, history } of ILLEGAL_STOCKS) {
  test(`our own model, a sale, illegal: ${what}`, () => assert.equal(findIllegalStock(history).length, 1))
}

for (const { what, history } of LEGAL_ORDERS) {
  test(`our own model, an order, legal: ${what}`, () => assert.deepEqual(findIllegalOrder(history), []))
}

for (const { what, history } of ILLEGAL_ORDERS) {
  test(`our own model, an order, illegal: ${what}`, () => assert.equal(findIllegalOrder(history).length, 1))
}
