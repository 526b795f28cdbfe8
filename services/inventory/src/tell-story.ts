import type { Wish } from '@stampede/contracts/claims'
import type { ServiceStory, Step } from '@stampede/contracts/story'

export interface StoryPorts {
  readonly read: (orderId: string) => Promise<ServiceStory | undefined>
  /** A wish of this user that was queued, and when; rejects when there is no telling. */
  readonly wish: (claimId: string, userId: string) => Promise<(Wish & Waiting) | undefined>
}

interface Waiting {
  readonly queuedAt: Date
  readonly decidedAt?: Date
}

/** The words of problems, as the order has them. */
const REASONS: Readonly<Record<string, string>> = { 'sold-out': 'sold_out', limit: 'limit_reached' }

/** What inventory knows of an order, from the ledger, and from the queue if its wish had to wait there. */
export async function tellStory(
  { read, wish }: StoryPorts,
  orderId: string,
  userId?: string,
): Promise<ServiceStory | undefined> {
  const story = await read(orderId)
  const owner = story?.userId ?? userId
  // The ledger is worth telling without the queue.
  const waited = owner === undefined ? undefined : await wish(orderId, owner).catch(() => undefined)
  if (!waited) return story
  const steps = [toStep(waited), ...(story?.steps ?? [])]
  return { ...story, ...(owner && { userId: owner }), traceId: story?.traceId ?? waited.traceId, steps }
}

function toStep({ queuedAt, decidedAt, refused }: Wish & Waiting): Step {
  const what = 'wait in queue'
  const until = decidedAt ? { until: decidedAt.toISOString() } : ({ open: true } as const)
  const failed = refused && ({ failed: true, reason: REASONS[refused] ?? 'overloaded' } as const)
  return { what, at: queuedAt.toISOString(), ...until, ...failed }
}
