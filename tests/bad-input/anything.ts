import fc from 'fast-check'
import type { WireRequest } from './ask.ts'
import { NEW_SALE } from './sales.cases.ts'

/** A request that may be anything; `as` says who sends it. */
export interface AnyRequest extends WireRequest {
  readonly as: 'nobody' | 'buyer' | 'operator'
}

interface Route {
  readonly method: 'POST' | 'PATCH'
  readonly path: (id: string) => string
  readonly as: AnyRequest['as']
  readonly sound: Readonly<Record<string, unknown>>
}

/** All routes that take a body or an id to act on, each with a body that is sound. */
const ROUTES: readonly Route[] = [
  route('POST /api/users', 'nobody', { email: 'any@example.com', password: 'long enough', name: 'Any' }),
  route('POST /api/sessions', 'nobody', { email: 'any@example.com', password: 'long enough' }),
  route('POST /api/sessions/refresh', 'nobody', { refreshToken: 'x' }),
  route('POST /api/operator/buyers', 'operator', { count: 1 }),
  route('POST /api/sales', 'operator', NEW_SALE),
  route('POST /api/sales/:id/orders', 'buyer', { quantity: 1 }),
  route('POST /api/sales/:id/pause', 'buyer', {}),
  route('POST /api/orders/:id/cancel', 'buyer', {}),
  route('POST /api/orders/:id/payment', 'buyer', { method: 'sandbox' }),
  route('POST /api/orders/:id/refund', 'buyer', {}),
  route('PATCH /api/sales/:id', 'operator', { addUnits: 1 }),
]

const anyText = fc.string({ unit: 'binary', maxLength: 60 })
const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
const edges = fc.constantFrom(
  0,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e308,
  -1e-308,
  '',
  '0',
  '1',
  '\0',
  '\ud800',
  null,
  [],
  {},
)

/** Requests to all routes with ids of `saleIds` and others; bodies from almost sound to noise. */
export function anyRequest(saleIds: readonly string[]): fc.Arbitrary<AnyRequest> {
  const anyId = fc.oneof(
    fc.constantFrom(...saleIds),
    fc.uuid({ version: 7 }),
    fc.uuid(),
    anyText.filter((text) => text.isWellFormed()).map(encodeURIComponent),
  )
  return fc.constantFrom(...ROUTES).chain(({ method, path, as, sound }) =>
    fc.record({
      method: fc.constant(method),
      path: anyId.map(path),
      as: fc.constant(as),
      headers: anyHeaders,
      body: anyBody(sound),
    }),
  )
}

const anyHeaders = fc.tuple(
  fc.oneof(
    fc.constant('idempotency-key: any'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }).map((key) => `idempotency-key: ${key}`),
    fc.constant('x-nothing: 1'),
  ),
  fc.oneof(
    { arbitrary: fc.constant('content-type: application/json'), weight: 9 },
    {
      arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 40 }).map((type) => `content-type: ${type}`),
      weight: 1,
    },
  ),
)

function anyBody(sound: Route['sound']): fc.Arbitrary<string> {
  const text = JSON.stringify(sound)
  const names = [...Object.keys(sound), 'other', '__proto__', 'constructor', 'toString', '']
  const changed = fc
    .tuple(fc.constantFrom(...names), fc.oneof(anyJson, edges))
    .map(([name, value]) => JSON.stringify(Object.fromEntries([...Object.entries(sound), [name, value]])))
  const cut = fc
    .tuple(fc.nat(text.length), fc.nat(text.length))
    .map(([a, b]) => text.slice(0, a) + text.slice(b))
  const spoilt = fc
    .tuple(fc.nat(text.length), anyText)
    .map(([at, noise]) => text.slice(0, at) + noise + text.slice(at))
  return fc.oneof(
    { arbitrary: changed, weight: 5 },
    { arbitrary: cut, weight: 1 },
    { arbitrary: spoilt, weight: 2 },
    { arbitrary: anyJson.map((value) => JSON.stringify(value)), weight: 1 },
    { arbitrary: anyText, weight: 1 },
  )
}

function route(line: string, as: Route['as'], sound: Route['sound']): Route {
  const [method, path = ''] = line.split(' ') as [Route['method'], string]
  return { method, path: (id) => path.replace(':id', () => id), as, sound }
}
