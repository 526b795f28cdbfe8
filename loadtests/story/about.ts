import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { STAGES } from '@stampede/contracts/sales'
import type { StoryOptions } from './options.ts'
import { RUSH_MS } from './plan.ts'

/** Where figures come from, to stand beside them. */
export interface About {
  readonly load: string
  readonly machine: string
  readonly date: string
  readonly command: string
}

export function describeRun(options: StoryOptions): About {
  const { stages, units, attempts, seed, repeats, peakMs, quick, processes } = options
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = Math.round(totalmem() / 2 ** 30)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const which = stages.length === Object.keys(STAGES).length ? '' : `--stages ${stages.join(',')} `
  const flags = `${quick ? '--quick ' : ''}${which}--units ${units} --attempts ${attempts} --seed ${seed}`
  const runs = repeats === 1 ? 'one run' : `${repeats} runs`
  return {
    load:
      `${attempts.toLocaleString('en-US')} attempts within ${RUSH_MS / 1000} s for ` +
      `${units.toLocaleString('en-US')} units, seed ${seed}, ${runs}; closed loop ${peakMs / 1000} s` +
      (processes > 1 ? `; ${processes} gateways, order and inventory services` : ''),
    machine: `${model}, ${availableParallelism()} cores, ${memory} GB, Node ${process.version}, at ${commit}`,
    date: new Date().toISOString().slice(0, 10),
    command: `npm run story -- ${flags} --repeats ${repeats} --processes ${processes}`,
  }
}
