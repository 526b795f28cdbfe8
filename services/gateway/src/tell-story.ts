import {
  type OrderStory,
  type ServiceStory,
  STORY_SERVICES,
  type StoryService,
} from '@stampede/contracts/story'
import type { Identity } from './domain/identity.ts'
import type { Stories, StoryWish, Traces } from './domain/ports.ts'
import { type Books, tellStory as tell } from './domain/story.ts'

export interface StoryPorts {
  readonly stories: Stories
  /** Without it stories are told from the books alone. */
  readonly traces?: Traces | undefined
}

/**
 * The story of an order, for its owner and for operators, from all who answer in time; undefined for one that
 * is unknown or another's. Who does not answer is named, and when that leaves nobody to say whose the order
 * is, nothing of it is told.
 */
export async function tellStory(
  { stories, traces }: StoryPorts,
  wish: Omit<StoryWish, 'userId'>,
  { userId, role }: Identity,
): Promise<OrderStory | undefined> {
  const isOperator = role === 'operator'
  const heard = isOperator ? await askForAnybody(stories, wish) : await askAll(stories, { ...wish, userId })
  const told: Books = new Map([...heard].filter((each): each is Told => typeof each[1] === 'object'))
  const isTheirs = isOperator ? told.size > 0 : [...told.values()].some((each) => each.userId === userId)
  if (!isTheirs && heard.get('order') !== 'away') return undefined
  const books: Books = isTheirs ? told : new Map()
  const { state, traceId }: Partial<ServiceStory> = { ...books.get('inventory'), ...books.get('order') }
  const spans = traceId === undefined ? [] : await traces?.find(traceId)
  return {
    orderId: wish.orderId,
    ...(state && { state }),
    ...(traceId && { traceId }),
    ...tell(books, typeof spans === 'object' ? spans : []),
    missing: STORY_SERVICES.filter((name) => heard.get(name) === 'away'),
    trace: !traces ? 'unconfigured' : spans === 'away' ? 'away' : spans?.length ? 'added' : 'not-kept',
  }
}

type Said = Awaited<ReturnType<Stories['ask']>>
type Heard = ReadonlyMap<StoryService, Said>
type Told = [StoryService, ServiceStory]

async function askAll(
  stories: Stories,
  wish: StoryWish,
  names: readonly StoryService[] = STORY_SERVICES,
): Promise<Heard> {
  const asked = names.map(async (name) => [name, await stories.ask(name, wish)] as const)
  return new Map(await Promise.all(asked))
}

/** The order service finds an order by its buyer, whom only the others can tell an operator. */
async function askForAnybody(stories: Stories, wish: StoryWish): Promise<Heard> {
  const others = await askAll(stories, wish, ['inventory', 'payment', 'functions'])
  const said = [...others.values()]
  const userId = said.map((each) => (typeof each === 'object' ? each.userId : undefined)).find(Boolean)
  const unsaid = said.includes('away') ? 'away' : 'unknown'
  const order = userId === undefined ? unsaid : await stories.ask('order', { ...wish, userId })
  return new Map([...others, ['order', order]])
}
