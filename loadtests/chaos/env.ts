/** What the services are told in a run of faults; all else is as in production. */
export const CHAOS_ENV = {
  // A run may be longer than an hour, and a clock that is an hour off is a fault of its own.
  user: { TEST_BUYER_TOKEN_SECONDS: '86400' },
  // What is late or was lost comes to its end while somebody watches.
  order: { PAYING_HOLD_SECONDS: '10', RETELL_AFTER_SECONDS: '10' },
  payment: { POLL_AFTER_MS: '1000' },
} as const
