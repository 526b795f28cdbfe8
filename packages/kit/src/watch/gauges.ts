import { metrics, type ObservableGauge, type ObservableResult } from '@opentelemetry/api'

type Read = (name: string) => number | undefined

export interface Gauges {
  /** Registers a gauge, once. */
  add(name: string): void
  close(): void
}

/** Shows values as gauges named `stampede.<service>.<name>`; they go nowhere until somebody loads an SDK. */
export function openGauges(service: string, read: Read): Gauges {
  const meter = metrics.getMeter('stampede')
  const known = new Map<string, { gauge: ObservableGauge; observe: (result: ObservableResult) => void }>()
  return {
    add(name) {
      if (known.has(name)) return
      const gauge = meter.createObservableGauge(`stampede.${service}.${name}`)
      const observe = (result: ObservableResult) => {
        const value = read(name)
        if (value !== undefined) result.observe(value)
      }
      gauge.addCallback(observe)
      known.set(name, { gauge, observe })
    },
    close() {
      for (const { gauge, observe } of known.values()) gauge.removeCallback(observe)
    },
  }
}
