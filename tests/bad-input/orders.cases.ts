import { type BadCase, badBodies, badFields, onRoute, unknownFields } from './case.ts'
import { BAD_COUNTS, MALFORMED_IDS } from './sales.cases.ts'

const KEY = 'idempotency-key: bad-input'
const buy = onRoute('POST /api/sales/:sale/orders', { as: 'buyer', headers: [KEY] })
const list = onRoute('GET /api/orders', { as: 'buyer' })
const read = onRoute('GET /api/orders/:order', { as: 'buyer' })
const cancel = onRoute('POST /api/orders/:order/cancel', { as: 'buyer' })
const pay = onRoute('POST /api/orders/:order/payment', { as: 'buyer', headers: [KEY] })
const refund = onRoute('POST /api/orders/:order/refund', { as: 'buyer', headers: [KEY] })
const any = onRoute('any other', { method: 'GET' })

const ONE = '{"quantity":1}'
const SANDBOX = '{"method":"sandbox"}'
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000'

/** Buying, and a buyer's own orders. */
export const ORDER_CASES: readonly BadCase[] = [
  buy('as nobody', 'unauthenticated', { as: 'nobody', body: ONE }),
  ...badBodies(buy),
  buy('without quantity', 'invalid_request', { body: '{}', field: '/quantity' }),
  ...unknownFields(buy, { quantity: 1 }, [
    'priceCents',
    'userId',
    'saleId',
    'orderId',
    'state',
    'Quantity',
    'limit',
  ]),
  ...badFields(buy, {}, { quantity: [...BAD_COUNTS, '0', '-0', '1001'] }),
  buy('a quantity said twice', 'invalid_request', {
    body: '{"quantity":1,"quantity":0}',
    field: '/quantity',
  }),
  buy('no key', 'idempotency_key_missing', { headers: [], body: ONE }),
  ...[
    ['an empty key', 'idempotency-key:'],
    ['a blank key', 'idempotency-key:   '],
    ['a key of 256 characters', `idempotency-key: ${'k'.repeat(256)}`],
    ['a key of 8,000 characters', `idempotency-key: ${'k'.repeat(8000)}`],
    ['a key with a space', 'idempotency-key: a b'],
    ['a key with a tab', 'idempotency-key: a\tb'],
    ['a key in UTF-8', `idempotency-key: ${Buffer.from('ключ').toString('latin1')}`],
    ['a key with an emoji', `idempotency-key: ${Buffer.from('😀').toString('latin1')}`],
    ['a key with a high byte', 'idempotency-key: a\u00ff'],
    ['two keys in one header', 'idempotency-key: a, b'],
  ].map(([title = '', header = '']) => buy(title, 'invalid_request', { headers: [header], body: ONE })),
  buy('the key sent twice', 'invalid_request', { headers: [KEY, KEY], body: ONE }),
  buy('two different keys', 'invalid_request', { headers: [KEY, 'Idempotency-Key: other'], body: ONE }),
  ...MALFORMED_IDS.map((id) =>
    buy(`sale ${id}`, 'invalid_request', { path: `/api/sales/${id}/orders`, body: ONE }),
  ),
  buy('a sale nobody has', 'not_found', { path: `/api/sales/${UNKNOWN_ID}/orders`, body: ONE }),
  buy('a sale that was never', 'not_found', { path: `/api/sales/:order/orders`, body: ONE }),
  buy('more than the limit', 'limit_reached', { body: '{"quantity":1000}' }),

  list('as nobody', 'unauthenticated', { as: 'nobody' }),
  ...[
    '0',
    '-1',
    '101',
    '1000',
    '1.5',
    '1e1',
    '0x10',
    '',
    '%20',
    '１',
    'all',
    '01',
    '1%00',
    '1&limit=2',
    '[]',
  ].map((limit) =>
    list(`limit ${limit}`, 'invalid_request', { path: `/api/orders?limit=${encodeWide(limit)}` }),
  ),
  ...[
    '',
    'x',
    '1',
    '%00',
    '%20',
    '%F0%9F%98%80',
    'a'.repeat(513),
    'MS4x',
    "'--",
    'e30',
    'bnVsbA',
    'x&cursor=y',
  ].map((cursor) =>
    list(`cursor ${cursor.slice(0, 20)}`, 'invalid_request', { path: `/api/orders?cursor=${cursor}` }),
  ),
  list('a field nobody knows', 'invalid_request', { path: '/api/orders?userId=1' }),
  list('an operator in the query', 'invalid_request', { path: '/api/orders?limit[$gt]=1' }),

  read('as nobody', 'unauthenticated', { as: 'nobody' }),
  read('another buyer’s order', 'not_found', { path: '/api/orders/:foreign' }),
  read('another buyer’s order, by an operator', 'not_found', {
    path: '/api/orders/:foreign',
    as: 'operator',
  }),
  read('an order nobody has', 'not_found', { path: `/api/orders/${UNKNOWN_ID}` }),
  read('the id of a sale', 'not_found', { path: '/api/orders/:sale' }),
  ...MALFORMED_IDS.map((id) => read(`id ${id}`, 'invalid_request', { path: `/api/orders/${id}` })),

  cancel('as nobody', 'unauthenticated', { as: 'nobody' }),
  cancel('another buyer’s order', 'not_found', { path: '/api/orders/:foreign/cancel' }),
  cancel('another buyer’s order, by an operator', 'not_found', {
    path: '/api/orders/:foreign/cancel',
    as: 'operator',
  }),
  cancel('an order nobody has', 'not_found', { path: `/api/orders/${UNKNOWN_ID}/cancel` }),
  cancel('a broken body', 'invalid_request', { body: '{' }),
  ...MALFORMED_IDS.map((id) => cancel(`id ${id}`, 'invalid_request', { path: `/api/orders/${id}/cancel` })),

  pay('as nobody', 'unauthenticated', { as: 'nobody', body: SANDBOX }),
  pay('another buyer’s order', 'not_found', { path: '/api/orders/:foreign/payment', body: SANDBOX }),
  pay('another buyer’s order, by an operator', 'not_found', {
    path: '/api/orders/:foreign/payment',
    as: 'operator',
    body: SANDBOX,
  }),
  pay('an order nobody has', 'not_found', { path: `/api/orders/${UNKNOWN_ID}/payment`, body: SANDBOX }),
  pay('no key', 'idempotency_key_missing', { headers: [], body: SANDBOX }),
  ...badBodies(pay),
  ...unknownFields(pay, { method: 'sandbox' }, ['amountCents', 'paymentId', 'state', 'webhookUrl']),
  ...badFields(pay, {}, { method: ['null', '1', '""', '"card"', '["sandbox"]'] }),
  ...badFields(pay, { method: 'sandbox' }, { outcome: ['null', '1', '""', '"win"', '"SUCCEED"', '{}'] }),
  ...badFields(pay, { method: 'sandbox' }, { delayMs: ['null', '"1"', '-1', '0.5', '60001', '1e308', '[]'] }),
  ...MALFORMED_IDS.map((id) =>
    pay(`id ${id}`, 'invalid_request', { path: `/api/orders/${id}/payment`, body: SANDBOX }),
  ),

  refund('as nobody', 'unauthenticated', { as: 'nobody' }),
  refund('an order that is not paid', 'not_refundable'),
  refund('another buyer’s order', 'not_found', { path: '/api/orders/:foreign/refund' }),
  refund('an order nobody has', 'not_found', { path: `/api/orders/${UNKNOWN_ID}/refund` }),
  refund('no key', 'idempotency_key_missing', { headers: [] }),
  refund('a broken body', 'invalid_request', { body: '{' }),
  ...['{"amountCents":1}', '[1,2]', '1', '"all"', 'true'].flatMap((body) => [
    refund(`the body ${body}`, 'invalid_request', { body, field: '/' }),
    cancel(`the body ${body}`, 'invalid_request', { body, field: '/' }),
  ]),
  refund('a query', 'invalid_request', { path: '/api/orders/:order/refund?quantity=1' }),
  cancel('a query', 'invalid_request', { path: '/api/orders/:order/cancel?quantity=1' }),
  pay('a query', 'invalid_request', { path: '/api/orders/:order/payment?x=1', body: SANDBOX }),
  ...MALFORMED_IDS.map((id) => refund(`id ${id}`, 'invalid_request', { path: `/api/orders/${id}/refund` })),

  ...['/api', '/api/', '/api/nothing', '/API/sales', '/api//sales', '/api/users/1', '/internal/jwks'].map(
    (path) => any(path, 'not_found', { path }),
  ),
  ...[
    '/internal/claims',
    '/internal/orders',
    '/internal/buyers',
    '/%69nternal/jwks',
    '/.env',
    '/api/sales/../users',
  ].map((path) => any(`POST ${path}`, 'not_found', { method: 'POST', path, body: '{}' })),
  ...[
    ['DELETE', '/api/users'],
    ['GET', '/api/users'],
    ['GET', '/api/sessions'],
    ['PUT', '/api/sales'],
    ['DELETE', '/api/sales/:sale'],
    ['POST', '/api/sales/:sale'],
    ['GET', '/api/sales/:sale/orders'],
    ['PATCH', '/api/orders/:order'],
    ['DELETE', '/api/orders/:order'],
    ['GET', '/api/orders/:order/cancel'],
    ['GET', '/api/orders/:order/payment'],
    ['DELETE', '/api/orders/:order/refund'],
    ['POST', '/api/me'],
    ['GET', '/api/operator/buyers'],
  ].map(([method = '', path = '']) => any(`${method} ${path}`, 'method_not_allowed', { method, path })),
]

function encodeWide(text: string): string {
  return text.replaceAll('１', encodeURIComponent('１'))
}
