import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { appendFile, statfs } from 'node:fs/promises'
import { freemem } from 'node:os'
import { resolve } from 'node:path'
import { runCommand } from '../engines/bring.ts'
import type { EngineName } from '../engines.ts'
import type { Profile } from '../profile.ts'

/** Small disks of their own for the engines that write. */
export interface Disks {
  /** Leaves not a byte free. */
  fill(engine: EngineName): Promise<void>
  free(engine: EngineName): void
  /** Unmounts all, at once, also those that somebody still has open. */
  close(): void
}

/** Enough for an hour's run, and for what Postgres keeps of its log. */
const SIZES_MB: Partial<Record<EngineName, number>> = { postgres: 2048, kafka: 1024, 'redis-queue': 512 }
/** Who has one. */
export const DISK_ENGINES = Object.keys(SIZES_MB) as readonly EngineName[]
const MEMORY_FREE_MB = 6000
const MARGIN_MB = 16
const MB = 1024 * 1024

/** Mounts them empty, or says why that cannot be. What a killed run left mounted is taken away first. */
export function openDisks(profile: Profile): Disks | string {
  const folderOf = (engine: EngineName) => resolve(profile.home, engine)
  const unmountAll = () => {
    for (const engine of DISK_ENGINES) unmount(folderOf(engine))
  }
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root may mount a small disk'
  unmountAll()
  if (freemem() < MEMORY_FREE_MB * MB) return `disks in memory want ${MEMORY_FREE_MB / 1000} GB of it free`
  try {
    for (const engine of DISK_ENGINES) mount(folderOf(engine), SIZES_MB[engine] ?? 0)
  } catch (error) {
    unmountAll()
    return `mounting is not permitted here (${(error as Error).message.trim().split('\n').at(-1)})`
  }
  return {
    async fill(engine) {
      const { bavail, bsize } = await statfs(folderOf(engine))
      const ballast = resolve(folderOf(engine), 'ballast')
      // The engine goes on writing meanwhile, and a piece that does not fit is not taken at all.
      const size = String(Math.max(bsize, bavail * bsize - MARGIN_MB * MB))
      await runCommand({ file: 'fallocate', args: ['-l', size, ballast] })
      await writeUntilFull(ballast, bsize)
    },
    free: (engine) => rmSync(resolve(folderOf(engine), 'ballast'), { force: true }),
    close: unmountAll,
  }
}

function mount(folder: string, sizeMb: number): void {
  mkdirSync(folder, { recursive: true })
  const options = `size=${sizeMb}m,mode=0700`
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'stampede', folder], { stdio: 'pipe' })
}

/** Block by block at the end: less than a block cannot be had by anybody else. */
async function writeUntilFull(file: string, blockSize: number): Promise<void> {
  let piece = Buffer.alloc(MB)
  while (piece.length >= blockSize) {
    try {
      await appendFile(file, piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      piece = piece.subarray(0, Math.floor(piece.length / 2))
    }
  }
}

function unmount(folder: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n')
  for (const line of mounts) {
    if (line.split(' ')[1] === folder) execFileSync('umount', ['-l', folder], { stdio: 'pipe' })
  }
}
