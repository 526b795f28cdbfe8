import type { DeadLetter, LetterService } from '@stampede/contracts/dead-letters'

/** What one service has, newest first. */
export interface Shelf {
  readonly service: LetterService
  readonly letters: readonly DeadLetter[]
}

/** The id of the last letter shown of each service, as `order.12,payment.3`. */
export type Cursor = ReadonlyMap<LetterService, string>

export function readCursor(text: string | undefined): Cursor {
  const shown = text?.split(',').map((each) => each.split('.') as [LetterService, string])
  return new Map(shown)
}

/**
 * The newest letters of all services, under ids that name the service. Each service's own order is kept, so a
 * page that begins where each of them was left misses none, whatever their clocks say.
 */
export function mergeLetters(shelves: readonly Shelf[], limit: number, before: Cursor) {
  const rest = shelves.map(({ service, letters }) => ({ service, letters: [...letters] }))
  const shown = new Map(before)
  const letters: DeadLetter[] = []
  while (letters.length < limit) {
    const newest = rest.reduce((best, each) => (headOf(each) > headOf(best) ? each : best), EMPTY)
    const letter = newest.letters.shift()
    if (!letter) break
    shown.set(newest.service, letter.id)
    letters.push({ ...letter, id: `${newest.service}.${letter.id}` })
  }
  // A full answer may not have been all there is.
  const isMore =
    rest.some((each) => each.letters.length > 0) || shelves.some((each) => each.letters.length >= limit)
  const cursor = [...shown].map((each) => each.join('.')).join(',')
  return { letters, ...(isMore && { before: cursor }) }
}

interface Rest {
  readonly service: LetterService
  readonly letters: DeadLetter[]
}

const EMPTY: Rest = { service: 'order', letters: [] }

/** Times are all written in the same way, so that text compares as they do. */
function headOf({ letters }: Rest): string {
  return letters[0]?.at ?? ''
}
