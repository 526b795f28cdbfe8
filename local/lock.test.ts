import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { processIdentity, withLock } from './lock.mjs'

const folder = mkdtempSync(join(tmpdir(), 'lock-'))
after(() => rmSync(folder, { recursive: true }))

test('never two inside', async () => {
  const lock = join(folder, 'busy')
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await sleep(5)
    inside -= 1
  }
  await Promise.all(Array.from({ length: 8 }, () => withLock(lock, work)))
  assert.equal(most, 1)
  assert.equal(existsSync(lock), false)
})

test('a failure inside gives the lock back', async () => {
  const lock = join(folder, 'failing')
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await withLock(lock, () => Promise.resolve('next')), 'next')
})

test('the lock of a process that is gone, or whose pid has a new owner, is taken over', async () => {
  for (const holder of ['999999999/never', `${process.pid}/an-earlier-life`]) {
    const lock = join(folder, 'stale')
    symlinkSync(holder, lock)
    assert.equal(await withLock(lock, () => Promise.resolve('mine')), 'mine')
  }
})

test('a process is the same as itself and nobody else', () => {
  assert.equal(processIdentity(process.pid), processIdentity(process.pid))
  assert.notEqual(processIdentity(process.pid), processIdentity(process.ppid))
  assert.equal(processIdentity(999_999_999), undefined)
})
