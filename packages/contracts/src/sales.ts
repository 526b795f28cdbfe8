import Type, { type Static } from 'typebox'
import { Count, Currency, Id, Line, strict, Time } from './fields.ts'

/** Ways to guard stock, and the variants of each. `naive` is how people write it first. */
export const STAGES = {
  hybrid: ['guarded'],
  'single-process': ['guarded', 'naive'],
  'multi-process': ['guarded', 'naive', 'mutex', 'lock'],
  threads: ['guarded', 'naive', 'mutex', 'queue'],
  async: ['guarded', 'naive'],
  database: ['guarded', 'optimistic', 'for-update', 'unit-rows'],
} as const
export type StageName = keyof typeof STAGES
export type Variant = (typeof STAGES)[StageName][number]

const STAGE_NAMES = Object.keys(STAGES) as StageName[]
const VARIANTS = [...new Set<Variant>(Object.values(STAGES).flat())]

/** What an operator asks for. Money in minor units, window in seconds. */
export const NewSale = Type.Object(
  {
    title: Line(200),
    sku: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
    units: Count(0, 10_000_000),
    priceCents: Count(0, 100_000_000),
    currency: Currency,
    startsAt: Time,
    endsAt: Time,
    limitPerUser: Count(1, 1000),
    stage: Type.Optional(Type.Enum(STAGE_NAMES)),
    variant: Type.Optional(Type.Enum(VARIANTS)),
    paymentWindowSeconds: Type.Optional(Count(1, 86_400)),
    /** Counters a hot sale's stock is split over; stage `hybrid` only. */
    segments: Type.Optional(Count(1, 16)),
  },
  strict,
)
export type NewSale = Static<typeof NewSale>

export const SaleChange = Type.Object(
  { addUnits: Type.Optional(Count(1, 10_000_000)), endsAt: Type.Optional(Time) },
  { ...strict, minProperties: 1 },
)
export type SaleChange = Static<typeof SaleChange>

export const SaleState = Type.Enum(['scheduled', 'open', 'sold_out', 'paused', 'closed'])
export type SaleState = Static<typeof SaleState>

export const Sale = Type.Object({
  saleId: Id,
  title: Type.String(),
  sku: Type.String(),
  units: Type.Integer(),
  priceCents: Type.Integer(),
  currency: Currency,
  startsAt: Time,
  endsAt: Time,
  limitPerUser: Type.Integer(),
  stage: Type.String(),
  variant: Type.String(),
  paymentWindowSeconds: Type.Integer(),
  segments: Type.Integer(),
  state: SaleState,
  unitsLeft: Type.Integer({ description: 'approximate' }),
  serverTime: Time,
})
export type Sale = Static<typeof Sale>

/** The settlement of a sale, read from the ledger in one snapshot. */
export const Audit = Type.Object({
  saleId: Id,
  initial: Type.Integer(),
  available: Type.Integer(),
  reserved: Type.Integer(),
  sold: Type.Integer(),
  oversold: Type.Integer({ description: 'units promised beyond the stock' }),
  orphaned: Type.Integer({
    description: 'units held for over four minutes after their order should have ended',
  }),
  duplicates: Type.Integer({ description: 'claims that stand in the ledger more than once' }),
  limitBreaches: Type.Integer({ description: 'buyers above the limit' }),
  consistent: Type.Boolean(),
})
export type Audit = Static<typeof Audit>
