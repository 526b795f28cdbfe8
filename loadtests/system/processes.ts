import { readdirSync, readFileSync } from 'node:fs'
import type { RunningPart } from './running-system.ts'

/** Parts by name, each with the process it began as. */
export type Parts = Readonly<Record<string, Pick<RunningPart, 'pid'>>>

export interface Memory {
  /** Resident set: pages shared with others are counted in each. Megabytes. */
  readonly rssMb: number
  /** Proportional set: shared pages are split among those who share them, so that sums are true. */
  readonly pssMb: number
}

// USER_HZ is 100 on every Linux that Node runs on, whatever the kernel's own tick.
const TICK_US = 10_000

/**
 * Microseconds of CPU that each part has used so far: user and system time of its process and of all below
 * it, those that have ended included (Postgres' backends, say).
 */
export function readCpuUs(parts: Parts): Record<string, number> {
  const table = readProcesses()
  return mapParts(parts, (pid) =>
    treeOf(pid, table).reduce((sum, each) => sum + (table.get(each)?.ticks ?? 0) * TICK_US, 0),
  )
}

/**
 * Microseconds that this machine's cores have worked so far, or were lent to other machines of the host.
 * Interrupts are in it: the work they do for a socket is in the time of whoever was interrupted, too.
 */
export function readMachineCpuUs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (
    readIfThere('/proc/stat') ?? ''
  )
    .split('\n', 1)
    .flatMap((line) => line.trim().split(/\s+/).slice(1).map(Number))
  return (user + nice + system + irq + softirq + steal) * TICK_US
}

export function readMemory(parts: Parts): Record<string, Memory> {
  const table = readProcesses()
  return mapParts(parts, (pid) => {
    const rollups = treeOf(pid, table).map(readRollup)
    const sum = (field: keyof Memory) => rollups.reduce((total, rollup) => total + rollup[field], 0)
    return { rssMb: sum('rssMb'), pssMb: sum('pssMb') }
  })
}

/** What the kernel counted for a part so far; threads that ended have taken their switches with them. */
export interface Tasks {
  readonly processes: number
  readonly threads: number
  /** Switches because a thread waited, and because its time was up or another was more urgent. */
  readonly voluntary: number
  readonly involuntary: number
}

export function readTasks(parts: Parts): Record<string, Tasks> {
  const table = readProcesses()
  return mapParts(parts, (pid) => {
    const tree = treeOf(pid, table)
    const texts = tree.flatMap(readStatuses)
    const sum = (kind: string) =>
      texts.reduce(
        (total, text) =>
          total + Number(new RegExp(`^${kind}_ctxt_switches:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0),
        0,
      )
    return {
      processes: tree.length,
      threads: texts.length,
      voluntary: sum('voluntary'),
      involuntary: sum('nonvoluntary'),
    }
  })
}

/** One text for each thread. */
function readStatuses(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
      const text = readIfThere(`/proc/${pid}/task/${tid}/status`)
      return text === undefined ? [] : [text]
    })
  } catch {
    return []
  }
}

interface ProcessEntry {
  readonly parent: number
  readonly ticks: number
}

function mapParts<T>(parts: Parts, read: (pid: number) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, { pid }]) => (pid === undefined ? [] : [[name, read(pid)]])),
  )
}

function treeOf(pid: number, table: ReadonlyMap<number, ProcessEntry>): number[] {
  const children = [...table].filter(([, { parent }]) => parent === pid).map(([child]) => child)
  return [pid, ...children.flatMap((child) => treeOf(child, table))]
}

function readProcesses(): Map<number, ProcessEntry> {
  const table = new Map<number, ProcessEntry>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? readIfThere(`/proc/${name}/stat`) : undefined
    if (stat === undefined) continue
    // The command in parentheses may hold anything, spaces and parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [parent = 0] = fields.slice(1, 2).map(Number)
    // utime, stime, and both of the children that were waited for.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    table.set(Number(name), { parent, ticks })
  }
  return table
}

function readRollup(pid: number): Memory {
  const text = readIfThere(`/proc/${pid}/smaps_rollup`) ?? ''
  const mb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) / 1024
  return { rssMb: mb('Rss'), pssMb: mb('Pss') }
}

/** A process may end between being listed and being read. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
