import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { withLock } from '../lock.mjs'
import type { Report, SystemUser } from '../part.ts'
import { CACHE_HOME } from '../profile.ts'

export interface Bring {
  /** The folder's name under the shared cache; a new version takes a new name. */
  readonly name: string
  readonly report: Report
  /** Fills an empty folder. It gets its final name only when this went well. */
  readonly fill: (folder: string) => Promise<void>
}

/** Downloads something once for all profiles and all runs. */
export async function bringOnce({ name, report, fill }: Bring): Promise<string> {
  const target = resolve(CACHE_HOME, name)
  if (existsSync(target)) return target
  mkdirSync(CACHE_HOME, { recursive: true })
  return withLock(`${target}.lock`, async () => {
    if (existsSync(target)) return target
    const startedAt = performance.now()
    const draft = `${target}.draft`
    rmSync(draft, { recursive: true, force: true })
    mkdirSync(draft)
    await fill(draft)
    renameSync(draft, target)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
    report({ part: name, kind: 'set-up', text: `brought in ${seconds} s` })
    return target
  })
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly user?: SystemUser | undefined
  readonly limitMs?: number
}

const running = new Set<() => void>()
process.on('exit', () => {
  for (const kill of running) kill()
})

/** Runs a set-up command to its end and returns what it said; fails with the end of it. */
export function runCommand({ file, args, env, user, limitMs = 180_000 }: Command): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(file, args, {
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(user ?? {}),
    })
    const kill = () => void child.kill('SIGKILL')
    const limit = setTimeout(kill, limitMs)
    running.add(kill)
    let said = ''
    const listen = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    const end = (problem: string | undefined) => {
      clearTimeout(limit)
      running.delete(kill)
      if (problem === undefined) done(said)
      else fail(new Error(`${file} ${args.join(' ')}: ${problem}\n${said.split('\n').slice(-15).join('\n')}`))
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(code === 0 ? undefined : `ended with ${signal ?? code}`))
  })
}
