import { timingSafeEqual } from 'node:crypto'
import { Charge, NewCharge, NewCredit } from '@stampede/contracts/provider'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'

export interface ChargePorts {
  readonly make: (wish: NewCharge) => Promise<Charge | 'other'>
  readonly find: (reference: string) => Promise<Charge | undefined>
  readonly credit: (reference: string, wish: NewCredit) => Promise<Charge | 'unknown' | 'other' | 'too-much'>
}

const ByReference = Type.Object({ reference: NewCharge.properties.reference })
type ByReference = { Params: Static<typeof ByReference> }

/**
 * Charges and what is given back of them. The caller's references make each one thing, however often it is
 * asked for. 409 `{error}` when a reference was used for something else, or more is asked back than is left.
 */
export function routeCharges(app: FastifyInstance, ports: ChargePorts): void {
  app.post<{ Body: NewCharge }>(
    '/charges',
    { schema: { body: NewCharge, response: { 201: Charge } } },
    async (request, reply) => {
      const charge = await ports.make(request.body)
      if (charge === 'other') return reply.code(409).send({ error: 'reference_reused' })
      return reply.code(201).send(charge)
    },
  )

  app.get<ByReference>(
    '/charges/:reference',
    { schema: { params: ByReference, response: { 200: Charge } } },
    async (request, reply) => (await ports.find(request.params.reference)) ?? reply.problem('not_found'),
  )

  app.post<ByReference & { Body: NewCredit }>(
    '/charges/:reference/credits',
    { schema: { params: ByReference, body: NewCredit, response: { 201: Charge } } },
    async (request, reply) => {
      const credited = await ports.credit(request.params.reference, request.body)
      if (credited === 'unknown') return reply.problem('not_found')
      if (credited === 'other') return reply.code(409).send({ error: 'reference_reused' })
      if (credited === 'too-much') return reply.code(409).send({ error: 'more_than_is_left' })
      return reply.code(201).send(credited)
    },
  )
}

/** Lets in only who shows the key; health is for all. */
export function customersOnly(app: FastifyInstance, key: string): void {
  const wanted = Buffer.from(`Bearer ${key}`)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url?.startsWith('/health/')) return
    const given = Buffer.from(request.headers.authorization ?? '')
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
    return reply.problem('unauthenticated')
  })
}
