import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openProxies } from './toxiproxy.ts'

const EDGE = { name: 'order>postgres', listen: 1, upstream: 2 }

/** Answers as Toxiproxy does, but for the calls that `refuses`. What it was told to do it has done. */
async function openApi(refuses: (method: string, count: number) => boolean) {
  const state = { toxics: new Set<string>(), calls: 0 }
  const server = createServer(async (request, response) => {
    const { method = '', url = '' } = request
    const body = await new Response(request as never).text()
    state.calls += 1
    const isToxic = url.includes('/toxics')
    if (isToxic && method === 'POST') state.toxics.add((JSON.parse(body) as { name: string }).name)
    if (isToxic && method === 'DELETE') state.toxics.delete(url.split('/').at(-1) ?? '')
    response.statusCode = refuses(method, state.calls) ? 500 : 200
    response.end(JSON.stringify({ toxics: [...state.toxics].map((name) => ({ name })) }))
  })
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  after(() => server.close())
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const SILENT = [{ type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } }] as const

test('a way is healed also when calls fail at first, and nothing is left in it', async () => {
  let failures = 3
  const { state, url } = await openApi((method) => method === 'DELETE' && failures-- > 0)
  const proxies = await openProxies(url, [EDGE])
  await proxies.poison(EDGE.name, SILENT)
  await proxies.poison(EDGE.name, SILENT)
  await proxies.heal(EDGE.name)
  assert.equal(state.toxics.size, 0)
})

test('a way that cannot be healed is told when its time is over', async () => {
  const { state, url } = await openApi((method) => method === 'GET')
  const proxies = await openProxies(url, [EDGE], 600)
  await assert.rejects(proxies.heal(EDGE.name), /toxiproxy: GET .* 500/)
  assert.ok(state.calls >= 3, `${state.calls} calls`)
})
