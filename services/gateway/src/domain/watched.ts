import type { Watched, WatchedService } from '@stampede/contracts/watch'

/** What a service says of its books, or since when it does not answer. */
export type Heard = readonly [WatchedService, Watched | { readonly since: string }]

/** All services' measures and alarms under names that begin with the service's; silence is an alarm. */
export function gatherWatched(heard: readonly Heard[]): Watched {
  const all = heard.map(([service, said]) => {
    const { measures, alarms } = 'since' in said ? silence(said.since) : said
    const named = <T extends { name: string }>(each: T): T => ({ ...each, name: `${service}.${each.name}` })
    return { measures: measures.map(named), alarms: alarms.map(named) }
  })
  return {
    measures: all.flatMap(({ measures }) => measures),
    alarms: all.flatMap(({ alarms }) => alarms),
  }
}

function silence(since: string): Watched {
  const away = { name: 'away', value: 1, limit: 0 }
  return { measures: [away], alarms: [{ ...away, since }] }
}
