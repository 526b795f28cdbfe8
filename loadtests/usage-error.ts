/** A command line that cannot be used; the message says which part and why. */
export class UsageError extends Error {}
