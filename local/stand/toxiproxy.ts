import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bringOnce, runCommand } from '../engines/bring.ts'
import { findOnPath } from '../engines/redis-binary.ts'
import type { PartSpec, Report } from '../part.ts'
import type { Profile } from '../profile.ts'
import type { Edge } from './edges.ts'

/** What a proxy does to the connections through it; attributes as Toxiproxy names them. */
export interface Toxic {
  readonly type: 'latency' | 'reset_peer' | 'timeout' | 'slicer' | 'bandwidth'
  readonly stream: 'upstream' | 'downstream'
  readonly attributes: Readonly<Record<string, number>>
}

/** Proxies by the names of their edges. All calls reject when Toxiproxy does not take them. */
export interface Proxies {
  /** Closes what is open and refuses what is new, until healed. */
  cut(edge: string): Promise<void>
  poison(edge: string, toxics: readonly Toxic[]): Promise<void>
  /** Tries for 30 s, if not said otherwise: what is left behind would be in the way of the next fault. */
  heal(edge: string): Promise<void>
}

const VERSION = '2.5.0'
const MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`
/** A try of a call. */
const CALL_MS = 5000
const HEAL_MS = 30_000
const HEAL_AGAIN_MS = 250

/**
 * The program, built from its Go module once; undefined where there is no Go. Rejects when the build fails.
 */
export async function findToxiproxy(report: Report): Promise<string | undefined> {
  const go = findOnPath('go')
  if (!go) return undefined
  const folder = await bringOnce({ name: `toxiproxy-${VERSION}`, report, fill: (draft) => build(go, draft) })
  return resolve(folder, 'server')
}

export function toxiproxySpec(file: string, profile: Profile): PartSpec {
  const port = profile.port('toxiproxy')
  const url = `http://127.0.0.1:${port}`
  return {
    name: 'toxiproxy',
    role: 'engine',
    url,
    file,
    args: ['-host', '127.0.0.1', '-port', String(port)],
    env: process.env,
    channel: false,
    stop: { signal: 'SIGTERM', limitMs: 3000 },
    check: async () => void (await call(`${url}/version`)),
    readyMs: 10_000,
  }
}

/** Puts a proxy into each way. */
export async function openProxies(
  url: string,
  edges: readonly Pick<Edge, 'name' | 'listen' | 'upstream'>[],
  healMs = HEAL_MS,
): Promise<Proxies> {
  const proxies = edges.map(({ name, listen, upstream }) => ({
    ...{ name, listen: `127.0.0.1:${listen}`, upstream: `127.0.0.1:${upstream}`, enabled: true },
  }))
  await call(`${url}/populate`, 'POST', proxies)
  const proxyUrl = (edge: string) => `${url}/proxies/${encodeURIComponent(edge)}`
  // It looks anew each time: a call that got no answer in time may have been carried out.
  const healOnce = async (edge: string) => {
    const { toxics } = JSON.parse(await call(proxyUrl(edge))) as { toxics: { name: string }[] }
    for (const { name } of toxics) await call(`${proxyUrl(edge)}/toxics/${name}`, 'DELETE')
    await call(proxyUrl(edge), 'POST', { enabled: true })
  }
  return {
    async cut(edge) {
      await call(proxyUrl(edge), 'POST', { enabled: false })
    },
    async poison(edge, toxics) {
      for (const [index, toxic] of toxics.entries()) {
        await call(`${proxyUrl(edge)}/toxics`, 'POST', { name: `toxic-${index}`, toxicity: 1, ...toxic })
      }
    },
    heal: (edge) => tryFor(healMs, () => healOnce(edge)),
  }
}

/** Rejects with the last error when no try within `limitMs` went well. */
async function tryFor(limitMs: number, work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + limitMs
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (performance.now() + HEAL_AGAIN_MS > deadline) throw error
    }
    await sleep(HEAL_AGAIN_MS)
  }
}

async function build(go: string, folder: string): Promise<void> {
  const own = { GOPATH: resolve(folder, 'go'), GOCACHE: resolve(folder, 'go/build'), GOFLAGS: '-modcacherw' }
  const env = { ...process.env, ...own, GOBIN: folder }
  await runCommand({ file: go, args: ['install', MODULE], env, limitMs: 300_000 })
  rmSync(resolve(folder, 'go'), { recursive: true, force: true })
}

async function call(url: string, method = 'GET', body?: object): Promise<string> {
  const answer = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_MS),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`toxiproxy: ${method} ${url}: ${answer.status} ${text.slice(0, 200)}`)
  return text
}
