import { FUNCTION_NAMES, type FunctionEvent, type FunctionName } from '@stampede/contracts/functions'
import { isOutage } from '@stampede/kit/events/outage'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { REGISTRY } from '../domain/registry.ts'
import type { Invoked } from '../run-call.ts'
import { readCloudEvent } from './cloud-event.ts'

const BODY_MAX = 64 * 1024
const TYPES = ['application/json', 'application/cloudevents+json']

export interface FunctionPorts {
  readonly invoke: (name: FunctionName, event: FunctionEvent) => Promise<Invoked>
}

/**
 * `POST /functions/:name` with a CloudEvent: the way an engine for functions would call them. 200 with the
 * result, the same for an event that was heard before; 422 `function_failed` with the reason; it is tried
 * again by itself.
 */
export async function routeFunctions(app: FastifyInstance, { invoke }: FunctionPorts): Promise<void> {
  await app.register(async (room) => {
    // As text: the library parses it, and needs to see which mode it is.
    room.removeAllContentTypeParsers()
    room.addContentTypeParser(TYPES, { parseAs: 'string' }, (_request, body, done) => done(null, body))
    room.post<{ Params: { name: string }; Body: string | undefined }>('/functions/:name', {
      bodyLimit: BODY_MAX,
      handler: async ({ params, headers, body }, reply) => {
        const name = FUNCTION_NAMES.find((each) => each === params.name)
        if (!name) return reply.problem('not_found')
        const read = readCloudEvent(headers, body ?? '', REGISTRY[name].topics)
        if ('flaw' in read) return reply.problem('invalid_request', { detail: read.flaw })
        return answer(reply, await invoke(name, read.event).catch(away))
      },
    })
  })
}

function answer(reply: FastifyReply, invoked: Invoked | 'away'): FastifyReply {
  if (invoked === 'full') return reply.problem('overloaded', { retryAfter: 1 })
  if (invoked === 'under-way')
    return reply.problem('unavailable', { retryAfter: 1, detail: 'it is under way' })
  if (invoked === 'away') return reply.problem('unavailable', { retryAfter: 1 })
  if ('failed' in invoked) return reply.problem('function_failed', { detail: invoked.failed })
  return reply.send(invoked.result)
}

function away(error: unknown): 'away' {
  if (isOutage(error)) return 'away'
  throw error
}
