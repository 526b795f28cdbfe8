import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeRun } from './about.ts'
import { putMeasured, writeMarkdown } from './document.ts'
import { openMeasure, type Place, type Run } from './measure.ts'
import type { StoryOptions } from './options.ts'
import { writePage } from './page.ts'
import { openProgress } from './progress.ts'
import { leavesWorkers, nameOf, type Row, rowsOf } from './rows.ts'
import { faultIn, type Measured } from './summary.ts'
import { writeTable } from './table.ts'

const DOCUMENT = resolve(import.meta.dirname, '../../docs/stages.md')

/** Measures every row, one after the other, and prints the table. True when all is as declared. */
export async function runStory(options: StoryOptions, place: Place): Promise<boolean> {
  const measured = await measureAll(options, place)
  const about = describeRun(options)
  const file = resolve(place.folder, 'story.html')
  writeFileSync(file, writePage(measured, about))
  console.log(writeTable(measured).join('\n'))
  console.log(`\n${about.load}\n${about.machine}, ${about.date}\n${file}`)
  if (options.writeDocs) {
    writeFileSync(DOCUMENT, putMeasured(readFileSync(DOCUMENT, 'utf8'), writeMarkdown(measured, about)))
  }
  return measured.every((each) => !faultIn(each))
}

/** A repeat is a whole round of all rows: whatever else the machine does meets them alike. */
async function measureAll(options: StoryOptions, place: Place): Promise<Measured[]> {
  const rows = rowsOf(options.stages)
  const measure = await openMeasure(place, options)
  const progress = openProgress(rows.length * options.repeats)
  const runs = new Map<string, Run[]>(rows.map((row) => [nameOf(row), []]))
  let done = 0
  let last: Row | undefined
  try {
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      for (const row of rows) {
        progress.say(done, nameOf(row))
        if (last && leavesWorkers(last)) await place.renew()
        last = row
        runs.get(nameOf(row))?.push(await measure.measure(row))
        done += 1
      }
    }
  } finally {
    progress.end()
    await measure.close()
  }
  return rows.map((row) => ({ row, runs: runs.get(nameOf(row)) ?? [] }))
}
