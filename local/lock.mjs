import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MS = 100
const TELL_AFTER_ROUNDS = 20
const BREAKER_LIFE_MS = 5_000

/**
 * Holds a lock file while `work` runs, so that `npm test` beside `npm start` on a fresh clone sets up once.
 * The lock is a symbolic link whose target names its holder: made and signed in one step, so a lock without
 * an owner cannot exist. A holder that is gone loses it.
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  const owner = `${process.pid}/${processIdentity(process.pid)}`
  let rounds = 0
  while (!tryLock(path, owner)) {
    breakIfStale(path)
    rounds += 1
    if (rounds === TELL_AFTER_ROUNDS) process.stderr.write('another run is setting up, waiting for it …\n')
    await sleep(WAIT_MS)
  }
  try {
    return await work()
  } finally {
    unlinkSync(path)
  }
}

/**
 * Tells a process from a later one with the same pid: boot and start time. Undefined when it is gone.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function processIdentity(pid) {
  try {
    if (process.platform !== 'linux') {
      return (
        execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
      )
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name may hold spaces and brackets: count the fields from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z') return undefined
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    return `${boot}-${fields[19]}`
  } catch {
    return undefined
  }
}

/**
 * @param {string} path
 * @param {string} owner
 */
function tryLock(path, owner) {
  try {
    symlinkSync(owner, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Only one process at a time may judge and break, else a slow judge could remove the next holder's lock.
 * @param {string} path
 */
function breakIfStale(path) {
  const breaker = `${path}.breaking`
  try {
    mkdirSync(breaker)
  } catch {
    removeOldBreaker(breaker)
    return
  }
  try {
    const [pid, identity] = readlinkSync(path).split('/')
    if (processIdentity(Number(pid)) !== identity) unlinkSync(path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  } finally {
    rmdirSync(breaker)
  }
}

/** @param {string} breaker */
function removeOldBreaker(breaker) {
  try {
    if (Date.now() - lstatSync(breaker).mtimeMs > BREAKER_LIFE_MS) rmdirSync(breaker)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
