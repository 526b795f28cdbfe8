import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emailKey } from './email-key.ts'

test('emails that differ in the case of ASCII letters have one key', () => {
  assert.equal(emailKey('Bob.X+Y@EXAMPLE.com'), 'bob.x+y@example.com')
  assert.equal(emailKey('bob.x+y@example.com'), 'bob.x+y@example.com')
})

test('a letter that only looks like k or i after lower-casing is not k or i', () => {
  assert.notEqual(emailKey('\u212Aate@example.com'), emailKey('Kate@example.com'))
  assert.notEqual(emailKey('\u0130da@example.com'), emailKey('Ida@example.com'))
})
