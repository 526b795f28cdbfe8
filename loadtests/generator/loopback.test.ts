import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loopbackTarget } from './loopback.ts'

test('loopback addresses are targets', () => {
  assert.deepEqual(loopbackTarget('http://127.0.0.1:8080'), { host: '127.0.0.1', port: 8080 })
  assert.deepEqual(loopbackTarget('http://127.3.2.1/'), { host: '127.3.2.1', port: 80 })
  assert.deepEqual(loopbackTarget('http://[::1]:81'), { host: '::1', port: 81 })
})

for (const url of [
  'http://10.0.0.1:8080',
  'http://192.168.1.127:80',
  'http://example.com',
  'http://127.0.0.1.example.com',
  'http://localhost:8080',
  'http://[::ffff:10.0.0.1]',
  'http://0.0.0.0:8080',
  'https://127.0.0.1:8080',
]) {
  test(`${url} is refused`, () => {
    assert.throws(() => loopbackTarget(url), /load goes to/)
  })
}
