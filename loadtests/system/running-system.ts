/** A system that somebody else started, as far as load tests must know it. */
export interface RunningSystem {
  readonly parts: Readonly<Record<string, RunningPart>>
  readonly engines: {
    readonly DATABASE_URL: string
    readonly REDIS_GATE_URL: string
    readonly REDIS_QUEUE_URL: string
    readonly KAFKA_BROKERS: string
  }
  /** The origin of a part, e.g. `gateway`. */
  url(part: string): string
}

export interface RunningPart {
  /** Undefined while it is down. */
  readonly pid: number | undefined
  readonly role: 'engine' | 'service'
  /** How often it died and was started again. */
  readonly restarts: number
}
