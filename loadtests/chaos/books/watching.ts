import type { Finding } from '../../demo/books/books.ts'
import type { Watched } from '../load/watcher.ts'

/** What the look of each second has found, and whether it looked at all. */
export function judgeWatch({ violations, first, snapshots, missed, seconds }: Watched): Finding[] {
  const isBlind = snapshots < seconds / 2
  const why = `${snapshots} snapshots in ${seconds} s, ${missed} times no answer`
  return [
    {
      title: 'each second, in one snapshot: initial = available + reserved + sold = rows, nothing oversold',
      broken: violations,
      first: first.map(({ at, id, why }) => ({ id, why: `${new Date(at).toISOString()} ${why}` })),
    },
    {
      title: 'the look of each second came in at least half of the seconds',
      broken: isBlind ? 1 : 0,
      first: isBlind ? [{ id: 'the watcher', why }] : [],
    },
  ]
}
