import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLog } from '@stampede/kit/log'
import { openServer } from '@stampede/kit/server'
import { addRoutes, openMeans } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'

// What is about the gateway itself and not of it, and a page.
const UNLISTED = /^(HEAD|GET \/(health\/|docs|openapi\.json|story))/

test('every route that is registered is in the document', async (t) => {
  const log = openLog('gateway', 'silent')
  const given = loadConfig({})
  const means = openMeans(given, log)
  t.after(() => means.close())
  t.after(() => means.soldOut.close())
  const app = openServer({ service: 'gateway', log, checks: () => ({}) })
  t.after(() => app.close())
  const registered = new Set<string>()
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.refusesMethod) return
    for (const each of [method].flat()) registered.add(`${each} ${url.replace(/:(\w+)/g, '{$1}')}`)
  })
  await addRoutes(app, means, given)
  await app.ready()
  const listed = Object.entries(app.swagger().paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const expected = [...registered].filter((route) => !UNLISTED.test(route))
  assert.ok(expected.length >= 17)
  assert.deepEqual(listed.toSorted(), expected.toSorted())
})
