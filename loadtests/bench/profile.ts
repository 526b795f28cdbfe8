import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { styleText } from 'node:util'

/** The parts of V8's CPU profile that matter here. Times in microseconds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A share of the time in which a process was not idle, 0 to 1. */
export interface Share {
  readonly name: string
  readonly share: number
}

export interface ProfileSummary {
  readonly busyMs: number
  /** By package, service file or part of Node. */
  readonly places: readonly Share[]
  readonly functions: readonly Share[]
}

const PLACES_SHOWN = 10
const FUNCTIONS_SHOWN = 8

/** The longest profile in a folder, told in lines; nothing when there is none. */
export function writeProfile(service: string, folder: string): string[] {
  const summaries = readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => summarise(JSON.parse(readFileSync(resolve(folder, name), 'utf8')) as CpuProfile))
  const [longest] = summaries.sort((a, b) => b.busyMs - a.busyMs)
  if (!longest) return []
  const list = (shares: readonly Share[], count: number) =>
    shares.slice(0, count).map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`)
  return [
    styleText('bold', `${service}: ${(longest.busyMs / 1000).toFixed(1)} s busy`),
    ...list(longest.places, PLACES_SHOWN),
    '  of which the dearest functions',
    ...list(longest.functions, FUNCTIONS_SHOWN),
    '',
  ]
}

/** Self time, added up by place and by function. */
export function summarise({ nodes, samples, timeDeltas }: CpuProfile): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const places = new Map<string, number>()
  const functions = new Map<string, number>()
  let busyUs = 0
  samples.forEach((id, i) => {
    const frame = frames.get(id)
    const us = timeDeltas[i] ?? 0
    if (!frame || frame.functionName === '(idle)') return
    busyUs += us
    const place = placeOf(frame.functionName, frame.url)
    const name = `${frame.functionName || '(anonymous)'}  ${place}`
    places.set(place, (places.get(place) ?? 0) + us)
    functions.set(name, (functions.get(name) ?? 0) + us)
  })
  const shares = (sums: ReadonlyMap<string, number>) =>
    [...sums].map(([name, us]) => ({ name, share: us / busyUs })).sort((a, b) => b.share - a.share)
  return { busyMs: busyUs / 1000, places: shares(places), functions: shares(functions) }
}

function placeOf(functionName: string, url: string): string {
  if (functionName.startsWith('(')) return functionName
  // No file: functions of Node and V8 written in C++, system calls among them.
  if (url === '') return 'native'
  if (url.startsWith('node:')) return url.replace(/^(node:(?:internal\/)?[\w-]+).*$/, '$1')
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (library) return library
  return /\/((?:services|packages)\/.*)$/.exec(url)?.[1] ?? url
}
