import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saleOfPurchase } from './purchase-path.ts'

const SALE = '01900000-0000-7000-8000-000000000001'

test('the sale is read from a purchase and from nothing else', () => {
  assert.equal(saleOfPurchase(`/api/sales/${SALE}/orders`), SALE)
  for (const url of [
    `/api/sales/${SALE}`,
    `/api/sales/${SALE}/orders/`,
    `/api/sales/${SALE}/orders?a=1`,
    `/api/sales/${SALE}/ordera`,
    `/api/salez/${SALE}/orders`,
    `/api/sales/${SALE}x/orders`,
    '/',
    '',
  ]) {
    assert.equal(saleOfPurchase(url), undefined, url)
  }
})
