/** The latest yeses, to tell how soon one came after something was broken. Times in ms since 1970. */
export interface Acks {
  add(sentAt: number, answeredAt: number): void
  /** When the first 201 came to what was sent after `at`. */
  firstAfter(at: number): number | undefined
}

const KEPT_MS = 15 * 60_000
const KEPT_MAX = 500_000

export function openAcks(): Acks {
  /** In the order of the answers. */
  let kept: { readonly sentAt: number; readonly answeredAt: number }[] = []
  return {
    add(sentAt, answeredAt) {
      kept.push({ sentAt, answeredAt })
      if (kept.length < KEPT_MAX) return
      const oldest = answeredAt - KEPT_MS
      kept = kept.filter((each) => each.answeredAt >= oldest).slice(-KEPT_MAX / 2)
    },
    firstAfter(at) {
      let low = 0
      let high = kept.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((kept[middle]?.answeredAt ?? 0) <= at) low = middle + 1
        else high = middle
      }
      for (; low < kept.length; low++) {
        const each = kept[low]
        if (each && each.sentAt > at) return each.answeredAt
      }
      return undefined
    },
  }
}
