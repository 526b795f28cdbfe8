import { escapeHtml } from './html.ts'

export interface Bar {
  readonly name: string
  readonly value: number
  /** A second, longer bar behind the first: p99 behind p50. */
  readonly behind?: number
  readonly text: string
  /** `bad` is drawn in the colour of trouble. */
  readonly tone: 'plain' | 'bad'
}

const FULL = 1000

/** Bars from nought on one scale. Names and figures are text of the page, so they stay legible on a phone. */
export function drawBars(bars: readonly Bar[]): string {
  const most = Math.max(1e-9, ...bars.map(({ value, behind = 0 }) => Math.max(value, behind)))
  const lengthOf = (value: number) => ((Math.max(0, value) / most) * FULL).toFixed(1)
  const rect = (value: number, kind: string) =>
    `<rect class="${kind}" width="${lengthOf(value)}" height="10"></rect>`
  const lines = bars.map(({ name, value, behind, text, tone }) => {
    const shapes = `${behind === undefined ? '' : rect(behind, 'behind')}${rect(value, tone)}`
    const svg = `<svg viewBox="0 0 ${FULL} 10" preserveAspectRatio="none" aria-hidden="true">${shapes}</svg>`
    return `<li><span>${escapeHtml(name)}</span>${svg}<b>${escapeHtml(text)}</b></li>`
  })
  return `<ul class="bars">${lines.join('\n')}</ul>`
}
