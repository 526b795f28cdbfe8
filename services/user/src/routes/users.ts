import { Id } from '@stampede/contracts/fields'
import { NewUser, User } from '@stampede/contracts/users'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Accounts } from '../domain/ports.ts'
import { type RegisterPorts, register } from '../domain/register.ts'
import { OVERLOADED } from './retry.ts'

const UserPath = Type.Object({ userId: Id })

export function userRoutes(
  app: FastifyInstance,
  ports: RegisterPorts & { readonly accounts: Accounts },
): void {
  const creation = { body: NewUser, response: { 201: Type.Object({ userId: Id }) } }
  app.post<{ Body: NewUser }>('/internal/users', { schema: creation }, async (request, reply) => {
    const result = await register(ports, request.body)
    if (typeof result === 'string') return reply.problem(result, result === 'overloaded' ? OVERLOADED : {})
    return reply.code(201).send(result)
  })

  const reading = { params: UserPath, response: { 200: User } }
  app.get<{ Params: { userId: string } }>(
    '/internal/users/:userId',
    { schema: reading },
    async (request, reply) => {
      const user = await ports.accounts.find(request.params.userId)
      return user ?? reply.problem('not_found')
    },
  )
}
