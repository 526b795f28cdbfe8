import type { EngineName } from '@stampede/local/engines'
import type { Stand } from '@stampede/local/stand/stand'
import type { FaultKind } from '../fault.ts'

const ALL = 'all'

/**
 * Not a byte is left for an engine that writes; some of them end then, and must come back when there is
 * space.
 */
export const FULL_DISK: FaultKind = {
  ...{ kind: 'full-disk', weight: 1, leastMs: 3000, mostMs: 15_000, recovers: 'from-mend' },
  targets: ({ disks }) => ('missing' in disks ? disks : [...disks.engines, ALL]),
  touches: enginesOf,
  async begin(stand, { target }) {
    const { disks } = stand
    if ('missing' in disks) throw new Error(disks.missing)
    const engines = enginesOf(target, stand)
    const free = async () => {
      for (const engine of engines) disks.free(engine)
    }
    try {
      await Promise.all(engines.map((engine) => disks.fill(engine)))
    } catch (error) {
      await free()
      throw error
    }
    return free
  },
}

function enginesOf(target: string, { disks }: Stand): EngineName[] {
  const engines = 'missing' in disks ? [] : disks.engines
  return engines.filter((engine) => target === ALL || engine === target)
}
