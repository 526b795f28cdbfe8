import { FUNCTION_QUEUES, type FunctionName } from './functions.ts'
import { HOPS, type Hop } from './telemetry.ts'

type Attributes = Readonly<Record<string, string>>

const KNOWN = new Map<Hop, Attributes>(
  (Object.keys(HOPS) as Hop[]).map((hop) => [hop, { ...storeOf(hop), ...messagingOf(hop) }]),
)

/** What all spans of a hop have in common, in the words of OpenTelemetry's semantic conventions. */
export function attributesOfHop(hop: Hop): Attributes {
  return KNOWN.get(hop) as Attributes
}

function storeOf(hop: Hop): Attributes {
  const { store } = HOPS[hop] as { store?: string }
  return store === undefined ? {} : { 'db.system.name': store }
}

/** Who sends, hears or runs is named in the hop itself: a function, or the queue of a chore. */
function messagingOf(hop: Hop): Attributes {
  const [verb, what = '', , by = ''] = hop.split(' ')
  if (verb === 'send') return messaging('kafka', 'send', what)
  if (verb === 'run') return messaging('bullmq', 'process', FUNCTION_QUEUES[what as FunctionName] ?? what)
  if (verb !== 'process') return {}
  return { ...messaging('kafka', 'process', what), 'messaging.consumer.group.name': by }
}

function messaging(system: string, operation: 'send' | 'process', destination: string): Attributes {
  return {
    'messaging.system': system,
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
    'messaging.destination.name': destination,
  }
}
