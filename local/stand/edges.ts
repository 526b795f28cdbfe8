import type { EngineName } from '../engines.ts'
import type { Profile } from '../profile.ts'
import { type ProcessCounts, SERVICES, type ServiceEnv, type ServiceName } from '../services.ts'

/** A way from one part to another that leads through a proxy. */
export interface Edge {
  /** e.g. `order>inventory-2`; all processes of a service share its ways. */
  readonly name: string
  readonly from: ServiceName | 'client' | 'services'
  readonly to: string
  /** Both on 127.0.0.1. */
  readonly listen: number
  readonly upstream: number
}

const ASKS: Partial<Record<Edge['from'], readonly ServiceName[]>> = {
  client: ['gateway'],
  gateway: ['user', 'inventory', 'order', 'payment', 'functions'],
  order: ['inventory'],
  payment: ['provider'],
  provider: ['gateway'],
}
const STORES: Partial<Record<ServiceName, readonly EngineName[]>> = {
  user: ['postgres'],
  inventory: ['postgres', 'redis-gate', 'redis-queue'],
  order: ['postgres', 'redis-queue'],
  payment: ['postgres'],
  provider: ['postgres'],
  functions: ['postgres', 'redis-queue'],
}
const STORE_URLS = {
  postgres: (port: number) => ({ DATABASE_URL: `postgresql://stampede@127.0.0.1:${port}/stampede` }),
  'redis-gate': (port: number) => ({ REDIS_GATE_URL: `redis://127.0.0.1:${port}` }),
  'redis-queue': (port: number) => ({ REDIS_QUEUE_URL: `redis://127.0.0.1:${port}` }),
} as const

/** All ways between the parts of a system; `firstPort` and those after it are the proxies'. */
export function listEdges(profile: Profile, processes: ProcessCounts, firstPort: number): Edge[] {
  const ways: Omit<Edge, 'listen'>[] = []
  for (const from of ['client', ...SERVICES] as const) {
    for (const service of ASKS[from] ?? []) {
      // Webhooks come to one address.
      const count = from === 'provider' ? 1 : (processes[service] ?? 1)
      for (let index = 0; index < count; index++) {
        const to = index === 0 ? service : `${service}-${index + 1}`
        ways.push({ name: `${from}>${to}`, from, to, upstream: profile.port(service, index) })
      }
    }
    for (const to of (from !== 'client' && STORES[from]) || []) {
      ways.push({ name: `${from}>${to}`, from, to, upstream: profile.port(to) })
    }
  }
  // One way for all: a broker tells everybody the same address to come to.
  const upstream = profile.port('kafka-proxied')
  ways.push({ name: 'services>kafka', from: 'services', to: 'kafka', upstream })
  return ways.map((way, index) => ({ ...way, listen: firstPort + index }))
}

/** What sends each service through its proxies. */
export function edgeEnv(edges: readonly Edge[]): ServiceEnv {
  const kafka = edges.filter(({ to }) => to === 'kafka').map(({ listen }) => `127.0.0.1:${listen}`)
  return Object.fromEntries(
    SERVICES.map((name) => {
      const own = edges.filter(({ from }) => from === name)
      return [name, { KAFKA_BROKERS: kafka.join(','), ...askEnv(own), ...storeEnv(own) }]
    }),
  )
}

/** The origins at which clients find the gateway's processes. */
export function clientOrigins(edges: readonly Edge[]): string[] {
  return edges.filter(({ from }) => from === 'client').map(originOf)
}

function askEnv(own: readonly Edge[]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const service of SERVICES) {
    const origins = own.filter(({ to }) => to.replace(/-\d+$/, '') === service).map(originOf)
    if (origins.length > 0) env[`${service.toUpperCase()}_URL`] = origins.join(',')
    if (service === 'gateway' && origins[0]) env['WEBHOOK_URL'] = `${origins[0]}/api/webhooks/payments`
  }
  return env
}

function storeEnv(own: readonly Edge[]): NodeJS.ProcessEnv {
  const stores = Object.entries(STORE_URLS)
  return Object.assign(
    {},
    ...stores.flatMap(([store, write]) =>
      own.filter(({ to }) => to === store).map(({ listen }) => write(listen)),
    ),
  )
}

function originOf({ listen }: Edge): string {
  return `http://127.0.0.1:${listen}`
}
