/** What a stream tells of a thing. `id` is another one whenever there is something new to tell. */
export interface Snapshot {
  readonly id: string
  /** On one line. */
  readonly text: string
}

/** `failed`: why there is nothing to tell, in the words of whom it was asked. */
export type Look<F> = { readonly seen: Snapshot } | { readonly failed: F }

export type Listener = (snapshot: Snapshot) => void

/**
 * One thing that is followed, and those who listen to it. However many ask for a look at it, at most one is
 * under way and one waits: a look that began before somebody asked may have missed what they ask about.
 */
export class Feed<F> {
  readonly listeners = new Set<Listener>()
  readonly #read: () => Promise<Look<F>>
  #now: Promise<Look<F>> | undefined
  #next: Promise<Look<F>> | undefined

  /** `read` must not reject. */
  constructor(read: () => Promise<Look<F>>) {
    this.#read = read
  }

  /** Reads, and tells all who listen before it resolves. */
  look(): Promise<Look<F>> {
    if (!this.#now) {
      this.#now = this.#readAndTell()
      return this.#now
    }
    this.#next ??= this.#now.then(() => {
      this.#next = undefined
      return this.look()
    })
    return this.#next
  }

  async #readAndTell(): Promise<Look<F>> {
    const look = await this.#read()
    this.#now = undefined
    if ('seen' in look) for (const tell of this.listeners) tell(look.seen)
    return look
  }
}
