import { once } from 'node:events'
import { connect } from 'node:net'
import { newId } from '@stampede/contracts/ids'
import type { World } from './stand-ins.ts'

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect to be there
  readonly body: any
}

export interface Call {
  readonly method?: string
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

export async function call(
  world: World,
  path: string,
  { method = 'GET', body, token, headers, signal }: Call = {},
): Promise<Told> {
  const answer = await fetch(world.gateway.url + path, {
    method,
    ...(signal && { signal }),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : text,
  }
}

/** An attempt by a buyer; a new buyer with a new key unless told. */
export function buy(
  world: World,
  saleId: string,
  more: { key?: string; token?: string; body?: unknown; signal?: AbortSignal } = {},
): Promise<Told> {
  const { key = newId(), token = world.key.token(newId()), body = { quantity: 1 }, signal } = more
  return call(world, `/api/sales/${saleId}/orders`, {
    method: 'POST',
    token,
    body,
    headers: { 'idempotency-key': key },
    ...(signal && { signal }),
  })
}

/** Writes these bytes to one connection and gives back all that comes until it is `done` or ends. */
export async function talk(world: World, text: string, done: (heard: string) => boolean): Promise<string> {
  const { hostname, port } = new URL(world.gateway.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(text)
  let heard = ''
  try {
    for await (const part of socket) {
      heard += part
      if (done(heard)) break
    }
  } finally {
    socket.destroy()
  }
  return heard
}

/** The statuses of the answers in what a connection heard. */
export function statuses(heard: string): number[] {
  return [...heard.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
}

/** An attempt as it stands on the wire. */
export function rawPurchase(saleId: string, headers: readonly string[], body = '{"quantity":1}'): string {
  const lines = [
    `POST /api/sales/${saleId}/orders HTTP/1.1`,
    'Host: x',
    'Content-Type: application/json',
    ...headers,
  ]
  if (!headers.some((line) => /^transfer-encoding/i.test(line)))
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}
