import { availableParallelism } from 'node:os'
import { type Parts, readCpuUs, readMachineCpuUs } from '../system/processes.ts'
import type { Readings } from './sample.ts'

/** Reads what parts have used between two moments, and what somebody else used meanwhile. */
export interface Meter {
  begin(): void
  /** Throws when a part died meanwhile: its counters began anew, and the figure would be a lie. */
  read(generatorCpuUs: number): Readings
}

/** `look` gives the parts as they are at the moment. */
export function openMeter(look: () => Parts): Meter {
  let parts: Parts = {}
  let ofParts: Record<string, number> = {}
  let ofMachine = 0
  let ofBench = process.cpuUsage()
  let beganAt = 0
  return {
    begin() {
      parts = look()
      ofParts = readCpuUs(parts)
      ofMachine = readMachineCpuUs()
      ofBench = process.cpuUsage()
      beganAt = performance.now()
    },
    read(generatorCpuUs) {
      const restedMs = performance.now() - beganAt
      const partsNow = look()
      const dead = Object.keys(parts).filter((name) => parts[name]?.pid !== partsNow[name]?.pid)
      if (dead.length > 0) throw new Error(`died while it was measured: ${dead.join(', ')}`)
      const now = Object.entries(readCpuUs(parts))
      const cpuUsOf = Object.fromEntries(now.map(([name, us]) => [name, us - (ofParts[name] ?? 0)]))
      const { user, system } = process.cpuUsage(ofBench)
      const ours = Object.values(cpuUsOf).reduce((sum, us) => sum + us, generatorCpuUs + user + system)
      const othersUs = Math.max(0, readMachineCpuUs() - ofMachine - ours)
      return { cpuUsOf, restedMs, othersShare: othersUs / (restedMs * 1000 * availableParallelism()) }
    },
  }
}
