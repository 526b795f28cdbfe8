import rateLimit, { type CreateRateLimitOptions } from '@fastify/rate-limit'
import type { Credentials } from '@stampede/contracts/users'
import type { FastifyInstance, preHandlerAsyncHookHandler } from 'fastify'

const ATTEMPTS_WINDOW_MS = 10_000
const LOGINS_WINDOW_MS = 60_000
/**
 * Those counted at once; beyond it the longest unseen is
 * forgotten. The library takes it, its types do not say so.
 */
const COUNTED_MAX = { cache: 100_000 } as CreateRateLimitOptions

export interface Quotas {
  /** Purchases of a user; it stands behind `identify`. */
  readonly attempts: preHandlerAsyncHookHandler
  /** Log-ins with one email from one address; it needs the body. */
  readonly logins: preHandlerAsyncHookHandler
}

/** How often one may ask, counted in this process: n gateways allow n times as much. */
export async function openQuotas(
  app: FastifyInstance,
  max: { attempts: number; logins: number },
): Promise<Quotas> {
  await app.register(rateLimit, { global: false })
  const attempts = app.createRateLimit({
    ...COUNTED_MAX,
    max: max.attempts,
    timeWindow: ATTEMPTS_WINDOW_MS,
    keyGenerator: (request) => request.identity.userId,
  })
  const logins = app.createRateLimit({
    ...COUNTED_MAX,
    max: max.logins,
    timeWindow: LOGINS_WINDOW_MS,
    keyGenerator: (request) => `${request.ip} ${(request.body as Credentials).email.toLowerCase()}`,
  })
  return { attempts: refuseBeyond(attempts), logins: refuseBeyond(logins) }
}

function refuseBeyond(count: ReturnType<FastifyInstance['createRateLimit']>): preHandlerAsyncHookHandler {
  return async (request, reply) => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return
    return reply.problem('quota_exceeded', { retryAfter: counted.ttlInSeconds })
  }
}
