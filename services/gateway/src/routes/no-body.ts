import { strict } from '@stampede/contracts/fields'
import type { preValidationHookHandler } from 'fastify'
import Type from 'typebox'

/** For routes that take no query: what nobody asked for is refused, not passed over. */
export const NoQuery = Type.Object({}, strict)

/** Lets only requests in that bring no body, or an empty object: nothing that was sent is passed over. */
export const noBody: preValidationHookHandler = ({ body }, reply, done) => {
  if (body === undefined || body === null || isEmptyObject(body)) return done()
  const message = 'must be left out, or be {}'
  reply.problem('invalid_request', { errors: [{ path: '/', message }] })
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && !Array.isArray(body) && Object.keys(body as object).length === 0
}
