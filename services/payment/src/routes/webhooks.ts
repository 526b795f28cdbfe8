import { strict } from '@stampede/contracts/fields'
import type { ProblemCode } from '@stampede/contracts/problems'
import type { FastifyInstance } from 'fastify'
import Type, { type Static } from 'typebox'
import type { Heard } from '../hear-webhook.ts'

const Header = Type.String({ minLength: 1, maxLength: 1024 })
const Delivery = Type.Object(
  {
    /** The body as it came, decoded from UTF-8. */
    payload: Type.String({ maxLength: 16 * 1024 }),
    headers: Type.Object({ id: Header, timestamp: Header, signature: Header }, strict),
  },
  strict,
)
type Delivery = Static<typeof Delivery>

const Receipt = Type.Object({ received: Type.Literal(true), duplicate: Type.Boolean() })

const PROBLEMS = {
  invalid: { code: 'signature_invalid' },
  expired: { code: 'signature_expired' },
  malformed: { code: 'invalid_request', detail: 'the body is no webhook that we know' },
  unknown: { code: 'not_found', detail: 'no payment has this reference' },
} as const satisfies Record<string, { code: ProblemCode; detail?: string }>

/** `POST /internal/webhooks`: what the provider tells, as the gateway got it. 200 `{received, duplicate}`. */
export function routeWebhooks(
  app: FastifyInstance,
  hear: (payload: string, signed: Delivery['headers']) => Promise<Heard>,
): void {
  app.post<{ Body: Delivery }>(
    '/internal/webhooks',
    { schema: { body: Delivery, response: { 200: Receipt } } },
    async (request, reply) => {
      const heard = await hear(request.body.payload, request.body.headers)
      if ('duplicate' in heard) return { received: true, duplicate: heard.duplicate } as const
      const { code, ...more } = PROBLEMS[heard.refused]
      return reply.problem(code, more)
    },
  )
}
