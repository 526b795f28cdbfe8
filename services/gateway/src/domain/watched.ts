import type { Watched, WatchedProcesses, WatchedService } from '@stampede/contracts/watch'

/** What a process says of its books, or since when it does not answer. */
export type Said = Watched | { readonly since: string }

/** What all processes of a service say, in their order. */
export type Heard = readonly [WatchedService, readonly Said[]]

/** All measures and alarms under names that begin with the service's, each with its process. */
export function gatherWatched(heard: readonly Heard[]): WatchedProcesses {
  const all = heard.flatMap(([service, processes]) =>
    processes.map((said, i) => {
      const { measures, alarms } = 'since' in said ? silence(said.since) : said
      const named = <T extends { name: string }>(each: T): T & { process: number } => ({
        ...{ ...each, name: `${service}.${each.name}`, process: i + 1 },
      })
      return { measures: measures.map(named), alarms: alarms.map(named) }
    }),
  )
  return {
    measures: all.flatMap(({ measures }) => measures),
    alarms: all.flatMap(({ alarms }) => alarms),
  }
}

function silence(since: string): Watched {
  const away = { name: 'away', value: 1, limit: 0 }
  return { measures: [away], alarms: [{ ...away, since }] }
}
