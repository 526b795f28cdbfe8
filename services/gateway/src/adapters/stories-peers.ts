import { ServiceStory, type StoryService } from '@stampede/contracts/story'
import type { Peer } from '@stampede/kit/peer'
import Schema from 'typebox/compile'
import type { Stories } from '../domain/ports.ts'

const ASK_MS = 2_000
const story = Schema(ServiceStory)

/** The services' own parts of orders' stories. */
export function storiesOver(peers: Readonly<Record<StoryService, Peer>>): Stories {
  return {
    async ask(service, { orderId, userId, traceId }) {
      const whose = userId === undefined ? '' : `?userId=${userId}`
      const path = `/internal/orders/${orderId}/story${whose}`
      const answer = await peers[service].ask({ method: 'GET', path, budgetMs: ASK_MS, traceId })
      if (answer.ok && answer.status === 404) return 'unknown'
      return answer.ok && answer.status === 200 && story.Check(answer.body) ? answer.body : 'away'
    },
  }
}
