import { jaegerPorts, jaegerSpec, jaegerUrlOf, otlpUrlOf } from './engines/jaeger.ts'
import { type EngineName, type EnginesChoice, type EngineUrls, enginePorts, startEngines } from './engines.ts'
import { pickProfile, refuseTakenPorts } from './profile.ts'
import {
  type ProcessCounts,
  presentServices,
  SERVICES,
  type ServiceEnv,
  type ServiceName,
  servicePorts,
  serviceSpecs,
} from './services.ts'
import { settleAll } from './settle.ts'
import { openSupervisor, type Supervisor } from './supervisor.ts'

export interface SystemChoice extends Omit<EnginesChoice, 'only'> {
  /** Overrides for all processes of a service. */
  readonly env?: ServiceEnv | undefined
  /** Overrides for one process, by the name of its part, e.g. `order-2`; undefined takes a variable away. */
  readonly envOf?: Readonly<Record<string, NodeJS.ProcessEnv>> | undefined
  /** Where all services send their spans and metrics, by OTLP over HTTP; nowhere if not said. */
  readonly telemetryUrl?: string | undefined
  /** The trace backend's program, see `findJaeger`: spans go there, and its part `jaeger` has them. */
  readonly jaeger?: string | undefined
  /** How many processes of a service; 1 if not said. */
  readonly processes?: ProcessCounts | undefined
  /** Engines and services to start; all if not said. */
  readonly only?: readonly (EngineName | ServiceName)[] | undefined
}

export interface System extends Supervisor {
  readonly engines: EngineUrls
  /** The origin of a part, e.g. `gateway` or `order-2`. */
  url(part: string): string
  /** The origins of all processes of a service. */
  urls(service: ServiceName): string[]
}

/** The whole system: engines at once, then those who are asked, then those who ask. */
export async function openSystem(choice: SystemChoice): Promise<System> {
  const profile = pickProfile(choice)
  const report = choice.report ?? (() => undefined)
  const services = presentServices().filter((name) => choice.only?.includes(name) ?? true)
  const only = choice.only?.filter((name): name is EngineName => !isService(name))
  const { processes = {}, env = {}, envOf, jaeger } = choice
  const telemetryUrl = jaeger ? otlpUrlOf(profile) : choice.telemetryUrl
  const plan = { profile, processes, env, envOf, telemetryUrl, jaegerUrl: jaeger && jaegerUrlOf(profile) }
  const supervisor = await openSupervisor(profile, report)
  try {
    const ports = [...enginePorts(profile, only), ...servicePorts(plan, services)]
    await refuseTakenPorts(new Map(jaeger ? [...ports, ...jaegerPorts(profile)] : ports))
    if (jaeger) await supervisor.start(jaegerSpec(jaeger, profile))
    const engines = await startEngines({ supervisor, profile, report, choice: { ...choice, only } })
    // One after the other: on a small machine four starts at once take longer, and each needs the one before.
    for (const name of services) {
      await settleAll(serviceSpecs(name, plan, engines).map((spec) => supervisor.start(spec)))
    }
    return describeSystem(supervisor, engines)
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

function describeSystem(supervisor: Supervisor, engines: EngineUrls): System {
  const url = (name: string) => {
    const part = supervisor.parts[name]
    if (!part) throw new Error(`no part ${name} in this system`)
    return part.url
  }
  const urls = (service: ServiceName) =>
    Object.entries(supervisor.parts).flatMap(([name, part]) =>
      name === service || name.startsWith(`${service}-`) ? [part.url] : [],
    )
  return {
    ...supervisor,
    get parts() {
      return supervisor.parts
    },
    engines,
    url,
    urls,
  }
}

function isService(name: EngineName | ServiceName): name is ServiceName {
  return SERVICES.includes(name as ServiceName)
}
