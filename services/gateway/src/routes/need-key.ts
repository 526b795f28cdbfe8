import { IDEMPOTENCY_KEY } from '@stampede/contracts/orders'
import type { onRequestHookHandler } from 'fastify'

const KEY = new RegExp(IDEMPOTENCY_KEY)

/**
 * Lets only requests in that carry a sound Idempotency-Key. Sent twice, Node joins the two with a comma and a
 * space, and a key has no spaces.
 */
export const needKey: onRequestHookHandler = (request, reply, done) => {
  const key = request.headers['idempotency-key']
  if (key === undefined) return void reply.problem('idempotency_key_missing')
  if (typeof key === 'string' && KEY.test(key)) return done()
  const message = 'must be sent once, with 1 to 255 visible ASCII characters'
  reply.problem('invalid_request', { errors: [{ path: 'header/idempotency-key', message }] })
}
