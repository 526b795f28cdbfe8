// redlock 4 ships no types, and those of the community are for ioredis 4.
declare module 'redlock' {
  interface Lock {
    unlock(): Promise<void>
  }
  export default class Redlock {
    constructor(clients: readonly unknown[], options: { retryCount: number })
    /** Rejects when the lock is held by another, or Redis is away. `leaseMs` in milliseconds. */
    lock(resource: string, leaseMs: number): Promise<Lock>
  }
}
