import type { EngineName } from '@stampede/local/engines'
import { settleAll } from '@stampede/local/settle'
import { DISK_ENGINES } from '@stampede/local/stand/disks'
import { type FaultKind, NothingBroken } from '../fault.ts'

const ALL = 'all'

/**
 * Not a byte is left for an engine that writes; some of them end then, and must come back when there is
 * space.
 */
export const FULL_DISK: FaultKind = {
  ...{ kind: 'full-disk', weight: 1, leastMs: 3000, mostMs: 15_000, recovers: 'from-mend' },
  targets: () => [...DISK_ENGINES, ALL],
  missing: ({ disks }) => ('missing' in disks ? disks.missing : undefined),
  touches: enginesOf,
  async begin({ disks }, { target }) {
    if ('missing' in disks) throw new NothingBroken(disks.missing)
    const engines = enginesOf(target)
    const free = async () => {
      for (const engine of engines) disks.free(engine)
    }
    try {
      // All have ended, or one that goes on would fill its disk after it was freed.
      await settleAll(engines.map((engine) => disks.fill(engine)))
    } catch (error) {
      await free()
      throw error
    }
    return free
  },
}

function enginesOf(target: string): EngineName[] {
  return DISK_ENGINES.filter((engine) => target === ALL || engine === target)
}
