import { setTimeout as sleep } from 'node:timers/promises'
import { type Memory, readMemory } from '../system/processes.ts'
import { acceptedShot } from './accepted.ts'
import type { Outcome } from './finding.ts'
import type { Range } from './range.ts'

const IDLE_MS = 3000
const LOOK_MS = 250
const CONNECTIONS = 256
const RUSH_MS = 8000

/** Resident memory of each process before anybody came, and the most of it while everybody is there. */
export async function measureMemory(range: Range): Promise<Outcome> {
  await sleep(IDLE_MS)
  const idle = readMemory(range.system.parts)
  const shot = await acceptedShot(range, { connections: CONNECTIONS, attempts: 5_000_000, limitMs: RUSH_MS })
  const rush: Record<string, Memory> = {}
  const look = setInterval(() => keepMost(rush, readMemory(range.system.parts)), LOOK_MS)
  try {
    await range.shootSystem(shot)
  } finally {
    clearInterval(look)
  }
  const services = Object.keys(idle).filter((name) => range.system.parts[name]?.role === 'service')
  const most = (memory: Record<string, Memory>) =>
    Math.max(...services.map((name) => memory[name]?.rssMb ?? 0))
  return {
    races: [],
    findings: [
      { what: 'largest service, idle (RSS)', value: most(idle), unit: 'MB', goal: { atMost: 150 } },
      { what: 'largest service, in the rush (RSS)', value: most(rush), unit: 'MB', goal: { atMost: 300 } },
    ],
    data: { idle, rush },
  }
}

function keepMost(kept: Record<string, Memory>, now: Record<string, Memory>): void {
  for (const [name, memory] of Object.entries(now)) {
    if ((kept[name]?.rssMb ?? 0) < memory.rssMb) kept[name] = memory
  }
}
