import type { Order, OrderView } from '@stampede/contracts/orders'
import type { ServiceStory, Step } from '@stampede/contracts/story'
import { newsOf, stepsOf, writtenStep } from './domain/story.ts'

export interface StoryPorts {
  readonly find: (userId: string, orderId: string) => Promise<OrderView | undefined | 'unavailable'>
  readonly findNews: (orderId: string, told: ReturnType<typeof newsOf>) => Promise<Step[]>
  readonly findLetters: (orderId: string) => Promise<Step[]>
}

/** What the order service knows of a buyer's order; nobody finds one without its buyer. */
export async function tellStory(
  { find, findNews, findLetters }: StoryPorts,
  orderId: string,
  userId?: string,
): Promise<ServiceStory | undefined | 'unavailable'> {
  if (userId === undefined) return undefined
  const order = await find(userId, orderId)
  if (!order || order === 'unavailable') return order
  const { state, traceId } = order
  if (!isMade(order)) return { userId, state, traceId, steps: [] }
  const news = await findNews(orderId, newsOf(order))
  const letters = await findLetters(orderId)
  return { userId, state, traceId, steps: [...writtenStep(news), ...stepsOf(order), ...news, ...letters] }
}

function isMade(order: OrderView): order is Order {
  return 'history' in order
}
