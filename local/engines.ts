import { resolve } from 'node:path'
import { emptyFolder } from './engines/folder.ts'
import { prepareKafka } from './engines/kafka.ts'
import { preparePostgres } from './engines/postgres.ts'
import { prepareRedis } from './engines/redis.ts'
import type { PartSpec, Report } from './part.ts'
import { type PartName, type Profile, type ProfileChoice, pickProfile, refuseTakenPorts } from './profile.ts'
import { settleAll } from './settle.ts'
import { openSupervisor, type Supervisor } from './supervisor.ts'

export type EngineName = 'postgres' | 'redis-gate' | 'redis-queue' | 'kafka'

export interface EngineUrls {
  readonly DATABASE_URL: string
  readonly REDIS_GATE_URL: string
  readonly REDIS_QUEUE_URL: string
  readonly KAFKA_BROKERS: string
}

export interface EnginesChoice extends ProfileChoice {
  /** Begin with empty data. Default: yes, except for the profile `start`. */
  readonly fresh?: boolean | undefined
  readonly only?: readonly EngineName[] | undefined
  /** The `host:port` of a proxy to Kafka's second door, for those who are told to come through it. */
  readonly kafkaProxied?: string | undefined
  readonly report?: Report | undefined
}

/** A supervisor that runs the engines, with the addresses services need. */
export interface Engines extends Supervisor {
  readonly urls: EngineUrls
}

const ENGINES: readonly EngineName[] = ['postgres', 'redis-gate', 'redis-queue', 'kafka']
const URL_OF = {
  postgres: 'DATABASE_URL',
  'redis-gate': 'REDIS_GATE_URL',
  'redis-queue': 'REDIS_QUEUE_URL',
  kafka: 'KAFKA_BROKERS',
} as const satisfies Record<EngineName, keyof EngineUrls>

/** Engines alone, for tests and development of one service. */
export async function openEngines(choice: EnginesChoice): Promise<Engines> {
  const profile = pickProfile(choice)
  const report = choice.report ?? (() => undefined)
  const supervisor = await openSupervisor(profile, report)
  try {
    await refuseTakenPorts(enginePorts(profile, choice.only))
    const urls = await startEngines({ supervisor, profile, report, choice })
    return {
      ...supervisor,
      get parts() {
        return supervisor.parts
      },
      urls,
    }
  } catch (error) {
    await supervisor.close()
    throw error
  }
}

export interface StartEngines {
  readonly supervisor: Supervisor
  readonly profile: Profile
  readonly report: Report
  readonly choice: EnginesChoice
}

/** Starts, all at once, those engines whose address is not given by the environment. */
export async function startEngines({
  supervisor,
  profile,
  report,
  choice,
}: StartEngines): Promise<EngineUrls> {
  const own = missingEngines(choice.only)
  if (choice.fresh ?? profile.name !== 'start') {
    for (const name of own) emptyFolder(resolve(profile.home, name))
  }
  const started = own.map(async (name) => {
    const spec = await prepareEngine(name, { supervisor, profile, report, choice })
    await supervisor.start(spec)
    return [URL_OF[name], spec.url] as const
  })
  const urls = Object.fromEntries(await settleAll(started))
  return { ...plannedUrls(profile), ...givenUrls(), ...urls }
}

export function enginePorts(profile: Profile, only?: readonly EngineName[]): Map<string, number> {
  const parts: PartName[] = missingEngines(only)
  if (parts.includes('kafka')) parts.push('kafka-controller')
  return new Map(parts.map((part) => [part, profile.port(part)]))
}

/** Those whose address is not given by the environment. */
export function missingEngines(only: readonly EngineName[] = ENGINES): EngineName[] {
  const given = givenUrls()
  return only.filter((name) => given[URL_OF[name]] === undefined)
}

/** The addresses the environment gives: their engines are not ours to start. */
export function givenUrls(): Partial<EngineUrls> {
  const { DATABASE_URL, REDIS_URL, KAFKA_BROKERS } = process.env
  const { REDIS_GATE_URL = REDIS_URL, REDIS_QUEUE_URL = REDIS_URL } = process.env
  const given = { DATABASE_URL, REDIS_GATE_URL, REDIS_QUEUE_URL, KAFKA_BROKERS }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value))
}

/** Where an engine would be: for parts that were left out with `only`. */
function plannedUrls(profile: Profile): EngineUrls {
  return {
    DATABASE_URL: `postgresql://127.0.0.1:${profile.port('postgres')}/stampede`,
    REDIS_GATE_URL: `redis://127.0.0.1:${profile.port('redis-gate')}`,
    REDIS_QUEUE_URL: `redis://127.0.0.1:${profile.port('redis-queue')}`,
    KAFKA_BROKERS: `127.0.0.1:${profile.port('kafka')}`,
  }
}

function prepareEngine(name: EngineName, { profile, report, choice }: StartEngines): Promise<PartSpec> {
  if (name === 'postgres') return preparePostgres(profile, report)
  if (name === 'kafka') return prepareKafka(profile, report, choice.kafkaProxied)
  return prepareRedis(name, profile, report)
}
