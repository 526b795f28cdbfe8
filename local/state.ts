import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { processIdentity } from './lock.mjs'
import { signalTree } from './process-tree.ts'
import type { Profile } from './profile.ts'

/** One line of `state.json`; `identity` tells the process from a later one with the same pid. */
export interface StateEntry {
  readonly pid: number
  readonly url: string
  readonly role: 'engine' | 'service' | 'runner'
  readonly identity: string
}

export type State = Record<string, StateEntry>

const POLITE_MS = 5000
const RUNNER_MS = 60_000
const POLL_MS = 50

export function writeState(profile: Profile, state: State): void {
  const file = stateFile(profile)
  writeFileSync(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

export function forgetState(profile: Profile): void {
  rmSync(stateFile(profile), { force: true })
}

/** The processes of an earlier run that still live. */
export function readLiving(profile: Profile): State {
  const entries = Object.entries(readState(profile))
  return Object.fromEntries(entries.filter(([, entry]) => isSame(entry)))
}

/** Ends exactly what the state file names, the runner first, so that it can stop the rest in order. */
export async function endLiving(profile: Profile): Promise<string[]> {
  const { runner, ...parts } = readLiving(profile)
  const names = Object.keys(parts)
  if (runner && runner.pid !== process.pid) await endOne(runner, RUNNER_MS)
  await Promise.all(Object.values(parts).map((entry) => endOne(entry, POLITE_MS)))
  forgetState(profile)
  return names
}

async function endOne(entry: StateEntry, politeMs: number): Promise<void> {
  const deadline = performance.now() + politeMs
  if (isSame(entry)) process.kill(entry.pid, 'SIGCONT')
  // Postgres takes SIGINT as "stop now, cleanly"; SIGTERM would wait for its clients.
  if (isSame(entry)) process.kill(entry.pid, entry.url.startsWith('postgres') ? 'SIGINT' : 'SIGTERM')
  while (isSame(entry)) {
    if (performance.now() > deadline) signalTree(entry.pid, 'SIGKILL')
    await sleep(POLL_MS)
  }
}

function isSame(entry: StateEntry): boolean {
  return processIdentity(entry.pid) === entry.identity
}

function readState(profile: Profile): State {
  try {
    return JSON.parse(readFileSync(stateFile(profile), 'utf8')) as State
  } catch {
    return {}
  }
}

function stateFile(profile: Profile): string {
  return resolve(profile.home, 'state.json')
}
