import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Webhook as Body } from '@stampede/contracts/provider'
import { Webhook } from 'standardwebhooks'

export interface Received {
  readonly eventId: string
  readonly timestamp: string
  readonly body: Body
}

/** Our customer's ear: remembers the webhooks whose signature holds. */
export async function openReceiver(secret: string) {
  const verifier = new Webhook(secret)
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const payload = Buffer.concat(parts).toString()
    const headers = request.headers as Record<string, string>
    const body = verifier.verify(payload, headers) as Body
    const { 'webhook-id': eventId = '', 'webhook-timestamp': timestamp = '' } = headers
    received.push({ eventId, timestamp, body })
    response.writeHead(receiver.say(received.length)).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** The status for the n-th webhook, from 1. */
    say: (_n: number): number => 200,
    of: (reference: string) => received.filter(({ body }) => body.data.reference === reference),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return receiver
}
