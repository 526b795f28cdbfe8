import type { Proxies, Toxic } from '@stampede/local/stand/toxiproxy'
import { drawInteger, type Random, seededRandom } from '../../generator/random.ts'
import { type FaultKind, NothingBroken } from '../fault.ts'

const LATENCY_MS_MAX = 5000
const STREAMS = ['upstream', 'downstream'] as const

/** The way is closed: what is open ends, what is new is refused. */
export const CUT = wayKind('cut', (proxies, edge) => proxies.cut(edge))

/** Each answer comes up to five seconds late. */
export const LATENCY = toxicKind('latency', (random) => {
  const latency = drawInteger(random, LATENCY_MS_MAX)
  return [{ type: 'latency', stream: 'downstream', attributes: { latency, jitter: Math.floor(latency / 4) } }]
})

/** Connections are reset some time after they were opened. */
export const RESET = toxicKind('reset', (random) => [
  { type: 'reset_peer', stream: drawStream(random), attributes: { timeout: drawInteger(random, 500) } },
])

/** Half-open: connections stand, and nothing comes through in one direction or in both. */
export const HALF_OPEN = toxicKind('half-open', (random) => {
  const silent = (stream: Toxic['stream']): Toxic => ({ type: 'timeout', stream, attributes: { timeout: 0 } })
  return random() < 0.5 ? STREAMS.map(silent) : [silent(drawStream(random))]
})

/** All comes in crumbs: no reader may believe that a piece is a whole. */
export const CRUMBS = toxicKind('crumbs', () =>
  STREAMS.map((stream) => ({
    type: 'slicer',
    stream,
    attributes: { average_size: 64, size_variation: 32, delay: 100 },
  })),
)

const KBYTES_PER_SECOND = { least: 5, spread: 100 }

/** Little comes through. */
export const NARROW = toxicKind('narrow', (random) =>
  STREAMS.map((stream) => ({
    type: 'bandwidth',
    stream,
    attributes: { rate: KBYTES_PER_SECOND.least + drawInteger(random, KBYTES_PER_SECOND.spread) },
  })),
)

function toxicKind(kind: string, draw: (random: Random) => readonly Toxic[]): FaultKind {
  return wayKind(kind, (proxies, edge, random) => proxies.poison(edge, draw(random)))
}

type Spoil = (proxies: Proxies, edge: string, random: Random) => Promise<void>

function wayKind(kind: string, spoil: Spoil): FaultKind {
  return {
    ...{ kind, weight: 1, leastMs: 1000, mostMs: 60_000, recovers: 'from-mend' },
    targets: ({ edges }) => edges.map(({ name }) => name),
    missing: ({ proxies }) => ('missing' in proxies ? proxies.missing : undefined),
    touches: (target) => [target],
    async begin({ proxies }, { target, seed }) {
      if ('missing' in proxies) throw new NothingBroken(proxies.missing)
      try {
        await spoil(proxies, target, seededRandom(seed))
      } catch (error) {
        await proxies.heal(target)
        throw error
      }
      return () => proxies.heal(target)
    },
  }
}

function drawStream(random: Random): Toxic['stream'] {
  return random() < 0.5 ? 'upstream' : 'downstream'
}
