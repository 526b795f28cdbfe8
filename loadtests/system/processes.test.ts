import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { readCpuUs, readMachineCpuUs, readMemory, readTasks } from './processes.ts'

// 0.3 s of CPU by the process's own account, however busy the machine is.
const BUSY = 'while (process.cpuUsage().user < 300_000);'

test('the CPU of children counts for the part, running or ended', async () => {
  // The shell says when the child is gone, then waits to be told to go.
  const script = `"${process.execPath}" -e '${BUSY}'; echo done; read line`
  const shell = spawn('sh', ['-c', script], { stdio: 'pipe' })
  try {
    await once(shell.stdout, 'data')
    assert.ok((readCpuUs({ shell: { pid: shell.pid } })['shell'] ?? 0) >= 300_000)
  } finally {
    const gone = once(shell, 'exit')
    shell.stdin.end('\n')
    await gone
  }
})

test('memory is read in megabytes, and shared pages make the proportional set the smaller one', () => {
  const { self } = readMemory({ self: { pid: process.pid } })
  assert.ok(self && self.rssMb > 20 && self.rssMb < 2000, `${self?.rssMb}`)
  assert.ok(self.pssMb > 0 && self.pssMb <= self.rssMb)
})

test('what a process uses, the machine has used', () => {
  const before = readMachineCpuUs()
  const end = process.cpuUsage().user + 200_000
  while (process.cpuUsage().user < end);
  assert.ok(readMachineCpuUs() - before >= 150_000)
})

test('a part that is down has no figures', () => {
  assert.deepEqual(readCpuUs({ gone: { pid: undefined } }), {})
})

test('threads and the switches between them are counted for a part and its children', async () => {
  const before = readTasks({ self: { pid: process.pid } })['self']
  const child = spawn('sh', ['-c', 'read line'], { stdio: 'pipe' })
  try {
    // Each wait gives the core away at least once.
    for (let i = 0; i < 5; i++) await new Promise((wake) => setTimeout(wake, 2))
    const after = readTasks({ self: { pid: process.pid } })['self']
    assert.ok(before && after)
    assert.equal(after.processes, before.processes + 1)
    assert.ok(after.threads >= before.threads + 1)
    assert.ok(after.voluntary >= before.voluntary + 5)
  } finally {
    const gone = once(child, 'exit')
    child.stdin.end('\n')
    await gone
  }
})
