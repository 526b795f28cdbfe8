import { isIPv4 } from 'node:net'

export interface Target {
  readonly host: string
  readonly port: number
}

/**
 * The address behind an `http://` URL. Throws for any host but a loopback address: this generator is a
 * hammer, and the only thing it may hit is the machine it runs on. Names are refused too, for a name can be
 * made to point anywhere.
 */
export function loopbackTarget(url: string): Target {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const isLoopback = host === '::1' || (isIPv4(host) && host.startsWith('127.'))
  if (protocol !== 'http:' || !isLoopback) {
    throw new Error(`load goes to http://127.0.0.0/8 or http://[::1] only, not to ${url}`)
  }
  return { host, port: Number(port || 80) }
}
