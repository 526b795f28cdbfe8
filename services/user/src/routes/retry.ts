/** Seconds after which a full hash queue has emptied many times over. */
export const OVERLOADED = { retryAfter: 2 } as const
