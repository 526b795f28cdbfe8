import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { PROBLEMS, type ProblemCode, problem } from '@stampede/contracts/problems'
import type { FastifyInstance, FastifySchema } from 'fastify'
import Type from 'typebox'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The problems a route can answer with, for the documentation. */
    problems?: readonly ProblemCode[]
    /** Whether it wants an `Idempotency-Key`. */
    keyed?: boolean
  }
}

/**
 * `/openapi.json` and a page to read it, made from the
 * routes themselves. Routes made before this are not in it.
 */
export async function openDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Stampede', version: '1', description: DESCRIPTION },
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
        schemas: { Problem: PROBLEM },
      },
    },
    transform: ({ schema, url, route: { config } }) => ({
      schema: withProblems(withKey(schema, config?.keyed), config?.problems ?? []),
      url,
    }),
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
}

const DESCRIPTION = `Errors are problem documents (RFC 9457) with a stable \`code\`. Every answer names its
trace in \`x-trace-id\`. A purchase may be repeated with the same \`Idempotency-Key\`: it is answered as the
first time.`

const PROBLEM = Type.Object({
  type: Type.String({ format: 'uri' }),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum(Object.keys(PROBLEMS)),
  detail: Type.Optional(Type.String()),
  traceId: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
})

const KEY_HEADER = {
  type: 'object',
  required: ['idempotency-key'],
  properties: {
    'idempotency-key': { type: 'string', pattern: '^[!-~]{1,255}$', examples: ['5f0c7c1e-first-try'] },
  },
}

// The header is checked by hand, because a missing key has
// an error code of its own; here it is only described.
function withKey(schema: FastifySchema | undefined, keyed = false): FastifySchema {
  return keyed ? { ...schema, headers: KEY_HEADER } : { ...schema }
}

function withProblems(schema: FastifySchema, codes: readonly ProblemCode[]): FastifySchema {
  const good = Object.entries<object>({ ...(schema.response as object) })
  const response: Record<string, unknown> = Object.fromEntries(
    good.map(([status, body]) => [status, { ...body, description: schema.summary ?? '' }]),
  )
  for (const [status, same] of Map.groupBy(codes, (code) => PROBLEMS[code].status)) {
    const examples = same.map((code) => [code, { value: problem(code, '4bf92f3577b34da6a3ce929d0e0e4736') }])
    response[status] = {
      description: same.map((code) => PROBLEMS[code].title).join(' · '),
      content: {
        'application/problem+json': {
          schema: { $ref: '#/components/schemas/Problem' },
          examples: Object.fromEntries(examples),
        },
      },
    }
  }
  return { ...schema, response }
}
