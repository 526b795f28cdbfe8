import type { StageName } from '@stampede/contracts/sales'

/** A row of the article's table of how such systems grow, in our words. */
export interface ArticleRow {
  readonly stage: StageName
  readonly model: string
  /** Daily users it is said to carry. */
  readonly users: string
  readonly problem: string
  readonly cure: string
}

export const ARTICLE: readonly ArticleRow[] = [
  {
    stage: 'single-process',
    model: 'one process, one thread',
    users: '1K',
    problem: 'serves nobody while it serves somebody',
    cure: 'more processes',
  },
  {
    stage: 'multi-process',
    model: 'several processes, each doing one thing at a time',
    users: '10K',
    problem: 'they race for the same data and oversell',
    cure: 'a distributed lock',
  },
  {
    stage: 'threads',
    model: 'several threads and locks',
    users: '50K',
    problem: 'switching costs time, locks can block each other for good',
    cure: 'a pool of threads, a queue without locks',
  },
  {
    stage: 'async',
    model: 'coroutines over asynchronous I/O',
    users: '100K+',
    problem: 'the code is harder to write and to debug',
    cure: 'a framework around it, and traces',
  },
  {
    stage: 'hybrid',
    model: 'several processes of coroutines',
    users: '1000K+',
    problem: 'there are many parts to run',
    cure: 'services that are governed, and grow and shrink with the load',
  },
]

/** Where a careful reader will stumble; the article's idea stands in spite of them. */
export const SLIPS: readonly string[] = [
  'The asynchronous stage still looks first and acts afterwards, so it oversells as the first one does: ' +
    'see its naive row. What cures it is a condition in the statement that takes the unit, or one script.',
  'The lock of the multi-process stage ends by itself after ten seconds, and nothing stops a holder who ' +
    'was paused for longer: it needs a fencing token that the row checks.',
  'That processes need no synchronisation is true of their memory, not of a row they share: the ' +
    'article’s own second stage shows it.',
  'A thousand coroutines of 2 KB take 2 MB; the 2000 MB in its picture is a slip of units.',
  'Four cores at 1000 requests a second each make 4000 only if a request takes 1 ms of a core. With the ' +
    '2 ms that its text assumes, they make 2000.',
  'Its 1 to 10 ms for switching processes is closer to what starting one takes. The switches we counted ' +
    'are in the table, by the kernel’s own count.',
]
