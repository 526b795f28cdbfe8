import { Credentials, RefreshRequest, Session } from '@stampede/contracts/users'
import type { FastifyInstance } from 'fastify'
import { type LogInPorts, logIn } from '../domain/log-in.ts'
import { refresh } from '../domain/refresh.ts'
import { OVERLOADED } from './retry.ts'

export function sessionRoutes(app: FastifyInstance, ports: LogInPorts): void {
  const opening = { body: Credentials, response: { 201: Session } }
  app.post<{ Body: Credentials }>('/internal/sessions', { schema: opening }, async (request, reply) => {
    const result = await logIn(ports, request.body)
    if (typeof result === 'string') return reply.problem(result, result === 'overloaded' ? OVERLOADED : {})
    return reply.code(201).send(result)
  })

  const renewal = { body: RefreshRequest, response: { 201: Session } }
  app.post<{ Body: RefreshRequest }>(
    '/internal/sessions/refresh',
    { schema: renewal },
    async (request, reply) => {
      const result = await refresh(ports, request.body.refreshToken)
      if (typeof result === 'string') return reply.problem(result)
      return reply.code(201).send(result)
    },
  )
}
