import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Stand } from '@stampede/local/stand/stand'
import { FULL_DISK } from './full-disk.ts'

const FAULT = { kind: 'full-disk', target: 'all', atMs: 0, forMs: 0, seed: 0 }

test('a disk that cannot be filled leaves none full, also not one that was still being filled', async () => {
  const full = new Set<string>()
  const disks = {
    async fill(engine: string) {
      if (engine === 'kafka') throw new Error('no space for a ballast')
      await sleep(100)
      full.add(engine)
    },
    free: (engine: string) => void full.delete(engine),
  }
  await assert.rejects(FULL_DISK.begin({ disks } as unknown as Stand, FAULT), /no space for a ballast/)
  await sleep(200)
  assert.deepEqual([...full], [])
})
