import { existsSync, globSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { bringOnce } from '../engines/bring.ts'
import { unpackFromDebian } from '../engines/debian.ts'
import { findOnPath } from '../engines/redis-binary.ts'
import type { Report } from '../part.ts'

/** An environment in which a process sees the wall clock shifted by so many seconds. */
export type ShiftClock = (seconds: number) => NodeJS.ProcessEnv

const LEFT_BEHIND = '/dev/shm/{sem.faketime_sem_,faketime_shm_}*'
// The variant for programs with threads.
const LIBRARY = 'usr/lib/*/faketime/libfaketimeMT.so.1'

/**
 * libfaketime as it is installed, else Debian's, unpacked into our cache; undefined where there is neither.
 */
export async function findFaketime(report: Report): Promise<ShiftClock | undefined> {
  if (process.platform !== 'linux') return undefined
  const library = findLibrary('/') ?? (await bring(report))
  if (!library) return undefined
  return (seconds) => ({
    // The C library again, right behind it: where a program has an allocator of its own (Redis), that one
    // asks for the time before anything else is ready, and both would wait for each other.
    LD_PRELOAD: `${library}:libc.so.6`,
    FAKETIME: `${seconds < 0 ? '' : '+'}${seconds}`,
    // Timers must go on as they are: it is the date that is wrong.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  })
}

/** Takes away what shifted processes that were killed have left in shared memory, each under its own pid. */
export function forgetClocks(): void {
  for (const file of globSync(LEFT_BEHIND)) {
    const [pid] = /\d+$/.exec(file) ?? []
    if (!existsSync(`/proc/${pid}`)) rmSync(file, { force: true })
  }
}

async function bring(report: Report): Promise<string | undefined> {
  if (!findOnPath('apt-get') || !findOnPath('dpkg-deb')) return undefined
  const fill = (folder: string) => unpackFromDebian('libfaketime', folder)
  return findLibrary(await bringOnce({ name: 'faketime-debian', report, fill }))
}

function findLibrary(root: string): string | undefined {
  const [found] = globSync(LIBRARY, { cwd: root })
  return found && resolve(root, found)
}
