import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { EngineUrls } from './engines.ts'
import type { PartSpec } from './part.ts'
import { CACHE_HOME, type Profile, ROOT } from './profile.ts'
import { keepSecrets } from './secrets.ts'

export type ServiceName = (typeof SERVICES)[number]
export type ProcessCounts = Readonly<Partial<Record<ServiceName, number>>>
export type ServiceEnv = Readonly<Partial<Record<ServiceName, NodeJS.ProcessEnv>>>

export interface ServicePlan {
  readonly profile: Profile
  readonly processes: ProcessCounts
  readonly env: ServiceEnv
  /** By the name of a process's part. */
  readonly envOf?: Readonly<Record<string, NodeJS.ProcessEnv>> | undefined
  /** Where spans and metrics are sent; nowhere without it. */
  readonly telemetryUrl?: string | undefined
  /** Where kept traces are asked for; nowhere without it. */
  readonly jaegerUrl?: string | undefined
}

/** In the order of asking: who is asked stands before who asks. */
export const SERVICES = ['user', 'inventory', 'provider', 'payment', 'order', 'functions', 'gateway'] as const

const READY_CHECK_MS = 2000
const NODE_FLAGS = [
  // The nursery. Measured on the ledger in a rush: 4 MB costs a tenth more CPU, for its batches outlive it;
  // 16 MB costs 15 MB more memory idle, and more than that in a rush, for no less CPU.
  '--max-semi-space-size=8',
  // On two cores its helpers cost more than they help.
  '--no-parallel-scavenge',
  '--disable-warning=ExperimentalWarning',
  // kafkajs computes a timeout below zero once per process.
  '--disable-warning=TimeoutNegativeWarning',
]

export function presentServices(): ServiceName[] {
  return SERVICES.filter((name) => existsSync(entryOf(name)))
}

export function servicePorts(plan: ServicePlan, names: readonly ServiceName[]): Map<string, number> {
  const { profile, processes } = plan
  const instances = names.flatMap((name) => instancesOf(name, processes))
  return new Map(instances.map(({ part, name, index }) => [part, profile.port(name, index)]))
}

/** One spec for each process of a service. */
export function serviceSpecs(name: ServiceName, plan: ServicePlan, engines: EngineUrls): PartSpec[] {
  return instancesOf(name, plan.processes).map(({ part, index }) => {
    const url = urlOf(name, plan, index)
    return {
      name: part,
      role: 'service',
      url,
      file: process.execPath,
      args: [...NODE_FLAGS, entryOf(name)],
      env: {
        ...inherited(),
        ...common(plan, engines),
        PORT: new URL(url).port,
        ...plan.env[name],
        ...plan.envOf?.[part],
      },
      channel: true,
      stop: { signal: 'SIGTERM', limitMs: 15_000 },
      check: () => askReady(url),
      readyMs: 60_000,
    }
  })
}

function entryOf(name: ServiceName): string {
  return resolve(ROOT, 'services', name, 'src/main.ts')
}

function instancesOf(name: ServiceName, processes: ProcessCounts) {
  const count = processes[name] ?? 1
  return Array.from({ length: count }, (_, index) => ({
    name,
    index,
    part: partName(name, index),
  }))
}

/** What one of a service's processes is called, from index 0. */
export function partName(name: ServiceName, index: number): string {
  return index === 0 ? name : `${name}-${index + 1}`
}

function urlOf(name: ServiceName, { profile }: ServicePlan, index: number): string {
  return `http://127.0.0.1:${profile.port(name, index)}`
}

function common(plan: ServicePlan, engines: EngineUrls): NodeJS.ProcessEnv {
  const origins = (name: ServiceName) =>
    instancesOf(name, plan.processes)
      .map(({ index }) => urlOf(name, plan, index))
      .join(',')
  return {
    NODE_ENV: 'development',
    HOST: '127.0.0.1',
    // Types stripped and code compiled once: 20 MB less in each service, and a quicker start.
    NODE_COMPILE_CACHE: resolve(CACHE_HOME, 'compiled'),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info',
    LOG_ACCESS: process.env['LOG_ACCESS'] ?? 'some',
    ALLOW_TEST_BUYERS: 'true',
    USER_URL: origins('user'),
    INVENTORY_URL: origins('inventory'),
    ORDER_URL: origins('order'),
    PAYMENT_URL: origins('payment'),
    FUNCTIONS_URL: origins('functions'),
    PROVIDER_URL: origins('provider'),
    // As the world sees us: where the provider sends its webhooks.
    WEBHOOK_URL: `${urlOf('gateway', plan, 0)}/api/webhooks/payments`,
    ...(plan.telemetryUrl && { OTEL_EXPORTER_OTLP_ENDPOINT: plan.telemetryUrl }),
    ...(plan.jaegerUrl && { JAEGER_URL: plan.jaegerUrl }),
    ...engines,
    ...keepSecrets(plan.profile),
  }
}

/** A service gets what it is told here and little else: a stray PORT in the shell must not reach it. */
function inherited(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TZ', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'OPERATOR_PASSWORD']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function askReady(url: string): Promise<void> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(READY_CHECK_MS) })
  await answer.body?.cancel()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`)
}
