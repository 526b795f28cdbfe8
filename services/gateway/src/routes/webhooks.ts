import type { FieldError } from '@stampede/contracts/problems'
import { Webhook } from '@stampede/contracts/provider'
import type { Peer } from '@stampede/kit/peer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { passOn } from './pass-on.ts'

/** On their way to the payment service; beyond it they are turned away, and the provider tries again. */
const AT_ONCE_MAX = 64

const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const
const VALUE = /^[\x21-\x7e][\x20-\x7e]{0,1023}$/
// A byte order mark is part of what was signed.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const Receipt = Type.Object({ received: Type.Literal(true), duplicate: Type.Boolean() })

/**
 * What the payment provider tells. It carries no token: who it is from is proven by the signature over its
 * bytes, which the payment service checks. Therefore they pass through here as text, unread.
 */
export async function webhookRoutes(app: FastifyInstance, { payment }: { payment: Peer }): Promise<void> {
  let underWay = 0
  await app.register(async (scope) => {
    scope.removeContentTypeParser('application/json')
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (_: FastifyRequest, body: Buffer) => body,
    )
    scope.post('/api/webhooks/payments', {
      schema: {
        tags: ['webhooks'],
        summary: 'For the payment provider: tell of a charge (standardwebhooks.com)',
        headers: Type.Object(Object.fromEntries(HEADERS.map((name) => [name, Type.String()]))),
        body: Webhook,
        response: { 200: Receipt },
      },
      // The schemas are for the reader: what is not signed gets no answer about its form.
      validatorCompiler: () => () => true,
      config: { problems: PROBLEMS_OF_WEBHOOKS },
      handler: async (request, reply) => {
        const read = readDelivery(request)
        if ('errors' in read) return reply.problem('invalid_request', read)
        if (underWay >= AT_ONCE_MAX) return reply.problem('overloaded', { retryAfter: 1 })
        underWay++
        try {
          return await passOn(payment, { method: 'POST', path: '/internal/webhooks', body: read }, reply)
        } finally {
          underWay--
        }
      },
    })
  })
}

const PROBLEMS_OF_WEBHOOKS = [
  'invalid_request',
  'signature_invalid',
  'signature_expired',
  'not_found',
  'body_too_large',
  'unsupported_media_type',
  'overloaded',
  'unavailable',
  'deadline_exceeded',
] as const

function readDelivery({ headers, body }: FastifyRequest) {
  const errors: FieldError[] = HEADERS.filter((name) => !VALUE.test(String(headers[name] ?? ''))).map(
    (name) => ({ path: `header/${name}`, message: 'must be sent, in at most 1024 visible ASCII characters' }),
  )
  const payload = readText(body)
  if (payload === undefined) errors.push({ path: '/', message: 'must be text in UTF-8, and not empty' })
  if (errors.length > 0) return { errors }
  const [id, timestamp, signature] = HEADERS.map((name) => headers[name])
  return { payload, headers: { id, timestamp, signature } }
}

function readText(body: unknown): string | undefined {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined
  try {
    return UTF8.decode(body)
  } catch {
    return undefined
  }
}
