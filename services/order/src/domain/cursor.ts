/**
 * The last order a reader has seen: pages go on from the
 * order, not from a count, so new orders shift nothing.
 */
export interface Cursor {
  readonly placedAt: Date
  readonly orderId: string
}

const CURSOR = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function writeCursor({ placedAt, orderId }: Cursor): string {
  return Buffer.from(`${placedAt.getTime()}.${orderId}`).toString('base64url')
}

/** Undefined for anything that `writeCursor` did not write. */
export function readCursor(text: string): Cursor | undefined {
  const [, placedMs, orderId] = CURSOR.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (placedMs === undefined || orderId === undefined) return undefined
  const placedAt = new Date(Number(placedMs))
  return Number.isNaN(placedAt.getTime()) || writeCursor({ placedAt, orderId }) !== text
    ? undefined
    : { placedAt, orderId }
}
