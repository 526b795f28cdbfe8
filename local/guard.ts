/** Something that must not outlive this process. */
export interface Guarded {
  close(): Promise<void>
  killNow(): void
}

const guarded = new Set<Guarded>()
/** A terminal's Ctrl-C and npm's own forwarding of it arrive together: that is one wish, not two. */
const SAME_WISH_MS = 400
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
let stoppingSince: number | undefined
let installed = false

/** Ends `thing` in order on Ctrl-C and SIGTERM, at once on a second one, and at the latest when we exit. */
export function guard(thing: Guarded): () => void {
  guarded.add(thing)
  if (!installed) install()
  return () => guarded.delete(thing)
}

function install(): void {
  installed = true
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void stopAll(EXIT_CODES[signal]))
  }
  process.on('exit', () => {
    for (const thing of guarded) thing.killNow()
  })
  if (process.connected) {
    // The starter (run.mjs) went away without a word.
    process.once('disconnect', () => void stopAll(EXIT_CODES.SIGHUP))
    process.channel?.unref()
  }
}

async function stopAll(exitCode: number): Promise<void> {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince > SAME_WISH_MS) process.exit(exitCode)
    return
  }
  stoppingSince = performance.now()
  await Promise.allSettled([...guarded].map((thing) => thing.close()))
  // A command whose normal end is to be stopped has set its own code.
  process.exit(process.exitCode ?? exitCode)
}
