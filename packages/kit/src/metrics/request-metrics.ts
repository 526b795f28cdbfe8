import type { ServiceName } from '@stampede/contracts/telemetry'
import type { FastifyReply } from 'fastify'
import { exampleOf } from './example.ts'
import { histogram } from './instruments.ts'

const requests = histogram('http.server.request.duration')

/** Counts a request that has been answered, or whose client has left. */
export function countRequest(service: ServiceName, reply: FastifyReply): void {
  const { id: traceId, method, routeOptions } = reply.request
  const line = requests.at(method, routeOptions.url, reply.statusCode)
  line.record(reply.elapsedTime / 1_000, exampleOf(traceId, `${service} request`))
}
