import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Signals a process and all below it: Postgres' workers live in process groups of their own. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const member of [pid, ...descendantsOf(pid, parentTable())]) {
    try {
      process.kill(member, signal)
    } catch {
      // It ended in between, which is what a signal to it could have achieved at most.
    }
  }
}

/** The direct children of a process. */
export function childrenOf(pid: number, parents: ReadonlyMap<number, number> = parentTable()): number[] {
  return [...parents].filter(([, parent]) => parent === pid).map(([child]) => child)
}

function descendantsOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  return childrenOf(pid, parents).flatMap((child) => [child, ...descendantsOf(child, parents)])
}

function parentTable(): Map<number, number> {
  if (process.platform !== 'linux') return parentTableFromPs()
  const table = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      table.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    } catch {
      // Gone since the folder was listed.
    }
  }
  return table
}

function parentTableFromPs(): Map<number, number> {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n')
  return new Map(lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]))
}
