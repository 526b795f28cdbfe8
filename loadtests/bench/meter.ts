import { availableParallelism } from 'node:os'
import { type Parts, readCpuUs, readMachineCpuUs } from '../system/processes.ts'
import type { Readings } from './sample.ts'

/** Reads what parts have used between two moments, and what somebody else used meanwhile. */
export interface Meter {
  begin(): void
  read(generatorCpuUs: number): Readings
}

export function openMeter(parts: Parts): Meter {
  let ofParts: Record<string, number> = {}
  let ofMachine = 0
  let ofBench = process.cpuUsage()
  let beganAt = 0
  return {
    begin() {
      ofParts = readCpuUs(parts)
      ofMachine = readMachineCpuUs()
      ofBench = process.cpuUsage()
      beganAt = performance.now()
    },
    read(generatorCpuUs) {
      const restedMs = performance.now() - beganAt
      const now = Object.entries(readCpuUs(parts))
      const cpuUsOf = Object.fromEntries(now.map(([name, us]) => [name, us - (ofParts[name] ?? 0)]))
      const { user, system } = process.cpuUsage(ofBench)
      const ours = Object.values(cpuUsOf).reduce((sum, us) => sum + us, generatorCpuUs + user + system)
      const othersUs = Math.max(0, readMachineCpuUs() - ofMachine - ours)
      return { cpuUsOf, restedMs, othersShare: othersUs / (restedMs * 1000 * availableParallelism()) }
    },
  }
}
