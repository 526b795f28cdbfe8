import { type BadCase, badBodies, badFields, missingFields, onRoute, unknownFields } from './case.ts'

const open = onRoute('POST /api/sales', { as: 'operator' })
const list = onRoute('GET /api/sales')
const read = onRoute('GET /api/sales/:sale')
const change = onRoute('PATCH /api/sales/:sale', { as: 'operator' })
const audit = onRoute('GET /api/sales/:sale/audit', { as: 'operator' })
const pause = onRoute('POST /api/sales/:sale/pause', { as: 'operator' })

export const NEW_SALE = {
  title: 'Bad input',
  sku: 'BAD-1',
  units: 10,
  priceCents: 100,
  currency: 'EUR',
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2099-01-01T00:00:00.000Z',
  limitPerUser: 1,
}
export const BAD_COUNTS = [
  ...['-1', '1.5', '1e-7', '9007199254740992', '1e308', '-1e308', '1e400', '"1"', '"0x1"', '""'],
  ...['null', 'true', 'false', '[]', '[1]', '{}', '{"$gt":0}', '"NaN"', '"１"'],
]
const NOT_TEXT = ['1', 'null', 'true', '[]', '{}', '["a"]']
const BAD_TIMES = [
  ...NOT_TEXT,
  ...['', 'now', '2026-11-21', '2026-11-21T10:00:00', '2026-11-21T10:00:00+01:00', '2026-11-21 10:00:00Z'],
  ...['2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z', '2026-01-32T00:00:00Z', '2026-01-01T24:00:00Z'],
  ...['2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z', '2026-11-21T10:00:00.0000Z', '+002026-01-01T00:00:00Z'],
  ...['2026-11-21t10:00:00z', '１２３４-01-01T00:00:00Z', '2026-11-21T10:00:00Z\n', '1', '1763719200000'],
].map((time) => (NOT_TEXT.includes(time) ? time : JSON.stringify(time)))
const NO_DAYS = ['2026-02-30', '2026-04-31', '2027-02-29', '2100-02-29', '0000-01-01'].map(
  (day) => `${day}T00:00:00.000Z`,
)
const UNKNOWN_ID = '01900000-0000-7000-8000-000000000000'
export const MALFORMED_IDS = [
  ...[
    '1',
    'abc',
    'null',
    'undefined',
    '-',
    '%20',
    '%00',
    '%0a',
    '%F0%9F%98%80',
    '%2e%2e',
    '*',
    "'%20OR%201=1--",
  ],
  // UUIDv4, upper case, braces, one character short, one long.
  ...['9b2f0e4e-1c1d-4d2a-8d43-0b3c1f0e7a11', UNKNOWN_ID.toUpperCase().replace('0190', '019A')],
  ...[`%7B${UNKNOWN_ID}%7D`, UNKNOWN_ID.slice(1), `${UNKNOWN_ID}0`, `${UNKNOWN_ID}%00`],
]

/** Putting sales up, reading, changing and auditing them. */
export const SALE_CASES: readonly BadCase[] = [
  open('as nobody', 'unauthenticated', { as: 'nobody', body: JSON.stringify(NEW_SALE) }),
  open('as a buyer', 'forbidden', { as: 'buyer', body: JSON.stringify(NEW_SALE) }),
  ...badBodies(open),
  ...missingFields(open, NEW_SALE),
  ...unknownFields(open, NEW_SALE, ['saleId', 'state', 'available', 'sold', 'epoch', 'Title', 'unitsLeft']),
  ...badFields(open, NEW_SALE, {
    title: [...NOT_TEXT, '""', '" "', '"a\\u0000b"', '"a\\nb"', '"\\ud800"', JSON.stringify('x'.repeat(201))],
    sku: [
      ...NOT_TEXT,
      ...['', ' ', 'a b', '-a', '.a', 'ä', 'a/b', '$(id)', 'a\u0000', 'a\n', '😀', 'x'.repeat(65)].map(
        (sku) => JSON.stringify(sku),
      ),
    ],
    units: [...BAD_COUNTS, '10000001', '2147483648'],
    priceCents: [...BAD_COUNTS, '100000001', '"9.99"'],
    currency: [
      ...NOT_TEXT,
      '""',
      '"eur"',
      '"EU"',
      '"EURO"',
      '"E R"',
      '"€"',
      '"EU\\u0000"',
      '"EUR\\n"',
      '"ＥＵＲ"',
    ],
    startsAt: BAD_TIMES,
    endsAt: BAD_TIMES,
    limitPerUser: [...BAD_COUNTS, '0', '1001'],
    stage: [...NOT_TEXT, '""', '"bogus"', '"Hybrid"', '"hybrid\\u0000"', '"__proto__"', '"toString"'],
    variant: [...NOT_TEXT, '""', '"bogus"', '"Guarded"', '"constructor"'],
    paymentWindowSeconds: [...BAD_COUNTS, '0', '86401'],
    segments: [...BAD_COUNTS, '0', '17'],
  }),
  ...[
    { stage: 'hybrid', variant: 'naive' },
    { stage: 'single-process', variant: 'optimistic' },
    { stage: 'database', variant: 'naive' },
  ].map((choice) =>
    open(`a variant that ${choice.stage} does not have: ${choice.variant}`, 'invalid_request', {
      body: JSON.stringify({ ...NEW_SALE, ...choice }),
      field: '/variant',
    }),
  ),
  open('segments of a stage that has none', 'invalid_request', {
    body: JSON.stringify({ ...NEW_SALE, stage: 'database', variant: 'guarded', segments: 4 }),
    field: '/segments',
  }),
  ...[
    { title: 'ends before it starts', endsAt: '2025-12-31T23:59:59.999Z' },
    { title: 'ends as it starts', endsAt: NEW_SALE.startsAt },
  ].map(({ title, endsAt }) =>
    open(title, 'invalid_request', { body: JSON.stringify({ ...NEW_SALE, endsAt }), field: '/endsAt' }),
  ),
  ...NO_DAYS.map((startsAt) =>
    open(`a day that is not there: ${startsAt}`, 'invalid_request', {
      body: JSON.stringify({ ...NEW_SALE, startsAt }),
      field: '/startsAt',
    }),
  ),

  ...[
    'state=',
    'state=bogus',
    'state=OPEN',
    'state=open&state=closed',
    'state[]=open',
    'state=open%00',
    'x=1',
  ].map((query) => list(`?${query}`, 'invalid_request', { path: `/api/sales?${query}` })),
  ...MALFORMED_IDS.map((id) => read(`id ${id}`, 'invalid_request', { path: `/api/sales/${id}` })),
  read('no id', 'invalid_request', { path: '/api/sales/' }),
  read('an id nobody has', 'not_found', { path: `/api/sales/${UNKNOWN_ID}` }),
  read('an id of 200 characters', 'not_found', { path: `/api/sales/${'1'.repeat(200)}` }),
  read('a broken escape', 'not_found', { path: '/api/sales/%zz' }),

  change('as nobody', 'unauthenticated', { as: 'nobody', body: '{"addUnits":1}' }),
  change('as a buyer', 'forbidden', { as: 'buyer', body: '{"addUnits":1}' }),
  change('nothing at all', 'invalid_request', { body: '{}' }),
  change('an id nobody has', 'not_found', { path: `/api/sales/${UNKNOWN_ID}`, body: '{"addUnits":1}' }),
  change('a malformed id', 'invalid_request', { path: '/api/sales/1', body: '{"addUnits":1}' }),
  ...badBodies(change),
  ...unknownFields(change, { addUnits: 1 }, ['units', 'priceCents', 'startsAt', 'limitPerUser', 'state']),
  ...badFields(change, {}, { addUnits: [...BAD_COUNTS, '0', '10000001'], endsAt: BAD_TIMES }),
  change('an end before the start', 'not_changeable', { body: '{"endsAt":"2025-01-01T00:00:00.000Z"}' }),
  ...NO_DAYS.map((endsAt) =>
    change(`a day that is not there: ${endsAt}`, 'invalid_request', {
      body: JSON.stringify({ endsAt }),
      field: '/endsAt',
    }),
  ),

  ...['pause', 'resume', 'close'].flatMap((verb) => [
    pause('as nobody', 'unauthenticated', { as: 'nobody', path: `/api/sales/:sale/${verb}` }),
    pause('as a buyer', 'forbidden', { as: 'buyer', path: `/api/sales/:sale/${verb}` }),
    pause('an id nobody has', 'not_found', { path: `/api/sales/${UNKNOWN_ID}/${verb}` }),
    pause('a malformed id', 'invalid_request', { path: `/api/sales/1/${verb}` }),
    pause('a broken body', 'invalid_request', { path: `/api/sales/:sale/${verb}`, body: '{' }),
  ]),
  audit('as nobody', 'unauthenticated', { as: 'nobody' }),
  audit('as a buyer', 'forbidden', { as: 'buyer' }),
  audit('an id nobody has', 'not_found', { path: `/api/sales/${UNKNOWN_ID}/audit` }),
  audit('a malformed id', 'invalid_request', { path: '/api/sales/1/audit' }),
]
