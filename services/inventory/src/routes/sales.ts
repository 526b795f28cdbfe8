import { Id, strict } from '@stampede/contracts/fields'
import { newId } from '@stampede/contracts/ids'
import { type Audit, NewSale, SaleChange, STAGES } from '@stampede/contracts/sales'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import { OPERATIONS, type Operation, type SaleRow, toSale } from '../domain/sale.ts'

export interface SaleDeps {
  readonly sales: {
    create(saleId: string, sale: NewSale): Promise<SaleRow>
    get(saleId: string): Promise<SaleRow | undefined>
    list(): Promise<SaleRow[]>
    operate(saleId: string, operation: Operation): Promise<SaleRow | undefined>
    change(saleId: string, change: SaleChange): Promise<SaleRow | undefined>
  }
  /** Puts a new sale on sale. */
  readonly load: (sale: SaleRow) => Promise<void>
  /** Tells the sale's stage of a change that stands in the ledger. */
  readonly change: (sale: SaleRow, addUnits: number) => Promise<void>
  /** What a sale's stage went through, for the story. */
  readonly witness: (saleId: string) => object
  readonly now: () => Date
  readonly audit: (saleId: string) => Promise<Audit | undefined>
}

const SaleId = Type.Object({ saleId: Id }, strict)
/** One statement puts a row for each. */
const UNIT_ROWS_MAX = 100_000
type SaleId = { Params: Static<typeof SaleId> }

/** An operator's side of sales, and everybody's reading of them. */
export function saleRoutes(
  app: FastifyInstance,
  { sales, load, change, now, audit, witness }: SaleDeps,
): void {
  const params = SaleId

  app.post<{ Body: NewSale }>('/internal/sales', { schema: { body: NewSale } }, async (request, reply) => {
    if (Date.parse(request.body.endsAt) <= Date.parse(request.body.startsAt)) {
      return reply.problem('invalid_request', {
        errors: [{ path: '/endsAt', message: 'must be after startsAt' }],
      })
    }
    const { stage = 'hybrid', variant = 'guarded' } = request.body
    if (!STAGES[stage].some((known) => known === variant)) {
      return reply.problem('invalid_request', {
        errors: [{ path: '/variant', message: `must be one of ${STAGES[stage].join(', ')}` }],
      })
    }
    if (variant === 'unit-rows' && request.body.units > UNIT_ROWS_MAX) {
      return reply.problem('invalid_request', {
        errors: [{ path: '/units', message: `must be at most ${UNIT_ROWS_MAX} with a row for each` }],
      })
    }
    if (stage !== 'hybrid' && (request.body.segments ?? 1) > 1) {
      return reply.problem('invalid_request', {
        errors: [{ path: '/segments', message: 'only the stage hybrid has segments' }],
      })
    }
    const sale = await sales.create(newId(), request.body)
    await load(sale)
    return reply.code(201).send(toSale(sale, now()))
  })

  app.get('/internal/sales', async () => {
    const at = now()
    return { sales: (await sales.list()).map((sale) => toSale(sale, at)) }
  })

  app.get<SaleId>('/internal/sales/:saleId', { schema: { params } }, async (request, reply) => {
    const sale = await sales.get(request.params.saleId)
    return sale ? toSale(sale, now()) : reply.problem('not_found')
  })

  app.patch<SaleId & { Body: SaleChange }>(
    '/internal/sales/:saleId',
    { schema: { params, body: SaleChange } },
    async (request, reply) => {
      const sale = await sales.change(request.params.saleId, request.body)
      if (!sale)
        return reply.problem((await sales.get(request.params.saleId)) ? 'not_changeable' : 'not_found')
      await change(sale, request.body.addUnits ?? 0)
      return toSale(sale, now())
    },
  )

  for (const operation of Object.keys(OPERATIONS) as Operation[]) {
    app.post<SaleId>(
      `/internal/sales/:saleId/${operation}`,
      { schema: { params } },
      async (request, reply) => {
        const changed = await sales.operate(request.params.saleId, operation)
        const sale = changed ?? (await sales.get(request.params.saleId))
        if (!sale) return reply.problem('not_found')
        // Asking again for what is so already is no error, and tells the stage again.
        await change(sale, 0)
        return sale.status === OPERATIONS[operation].to
          ? toSale(sale, now())
          : reply.problem('not_changeable')
      },
    )
  }

  app.get<SaleId>('/internal/sales/:saleId/witness', { schema: { params } }, (request, reply) => {
    return reply.send(witness(request.params.saleId))
  })

  app.get<SaleId>('/internal/sales/:saleId/audit', { schema: { params } }, async (request, reply) => {
    return (await audit(request.params.saleId)) ?? reply.problem('not_found')
  })
}
