import { openTimeScale } from '/story/time-scale.js'

const TOKEN = 'stampede token'
const ANSWER_MS = 10_000
const SERVICES = ['gateway', 'order', 'inventory', 'payment', 'functions']
const AWAY = 'The shop does not answer just now. Wait a moment and ask again.'
/** What can be done about an answer that is no story, by its code. */
const HELP = {
  unauthenticated:
    'This token does not hold, or no longer: they last ten minutes. Log in again and put the new one in.',
  not_found: 'No order of yours has this id. Look at the orderId of the purchase: is the token its buyer’s?',
  invalid_request: 'This is no order id. It is the orderId that the purchase was answered with.',
  overloaded: 'There is too much to do just now. Wait a moment and ask again.',
}
const TRACES = {
  added: 'Outlined bars are known from the trace, which was kept.',
  'not-kept': 'The trace of this order was not kept: the books of the services tell its story.',
  unconfigured: 'The books of the services tell this story.',
  away: 'The trace backend did not answer: the books tell this story. Ask again for the spans.',
}

/** Of several questions only the last one's answer is shown. */
let turn = 0

const at = (id) => document.getElementById(id)
const form = at('ask')
const { order, token } = form.elements

form.addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.setItem(TOKEN, token.value.trim())
  const hash = `#${order.value.trim()}`
  if (location.hash === hash) void tell()
  else location.hash = hash
})
addEventListener('hashchange', begin)
at('again').addEventListener('click', () => void tell())
at('forget').addEventListener('click', () => {
  turn++
  sessionStorage.removeItem(TOKEN)
  token.value = ''
  at('forget').hidden = true
  at('story').hidden = true
  say('The token is forgotten. Put one in to see the story.')
  token.focus()
})
begin()

/** The address names the order, the tab remembers the token. */
function begin() {
  order.value = location.hash.slice(1)
  token.value = sessionStorage.getItem(TOKEN) ?? ''
  if (order.value && token.value) void tell()
  else say(`Put in ${missingOf()}: its story is told here.`)
}

function missingOf() {
  if (order.value) return 'the token of its buyer'
  return token.value ? 'the id of an order' : 'the id of an order and your token'
}

async function tell() {
  const mine = ++turn
  at('forget').hidden = false
  form.setAttribute('aria-busy', 'true')
  say('The services are asked …')
  const answer = await ask(order.value.trim(), token.value.trim())
  if (mine !== turn) return
  form.removeAttribute('aria-busy')
  at('story').hidden = !answer.story
  if (answer.story) show(answer.story)
  else say(answer.problem, true)
  if (answer.code === 'unauthenticated') token.focus()
}

async function ask(orderId, accessToken) {
  try {
    const headers = { authorization: `Bearer ${accessToken}` }
    const signal = AbortSignal.timeout(ANSWER_MS)
    const answer = await fetch(`/api/orders/${encodeURIComponent(orderId)}/story`, {
      headers,
      signal,
      cache: 'no-store',
    })
    const body = await answer.json()
    if (answer.ok) return { story: body }
    return { code: body.code, problem: HELP[body.code] ?? AWAY }
  } catch {
    return { problem: AWAY }
  }
}

function say(text, isBad = false) {
  const note = make('p', isBad ? 'note bad' : 'note', text)
  at('news').replaceChildren(...(text ? [note] : []))
}

function show(story) {
  const { steps, missing } = story
  say(
    missing.length > 0
      ? `Not heard of: ${missing.join(', ')}. Those steps are left out; ask again in a moment.`
      : '',
  )
  at('about').replaceChildren(...about(story))
  const seen = SERVICES.filter((name) => steps.some(({ service }) => service === name))
  at('legend').replaceChildren(...seen.map((name) => hued(make('li', '', name), name)))
  at('steps').replaceChildren(...rows(story))
  at('steps').hidden = steps.length === 0
  at('trace').textContent = TRACES[story.trace] ?? ''
}

function about({ orderId, state, traceId, steps }) {
  const words = [make('span', '', 'Order '), make('code', '', orderId)]
  if (state) words.push(make('span', '', ' is '), make('strong', '', state))
  if (traceId) words.push(make('span', '', '; its trace is '), make('code', '', traceId))
  return [...words, make('span', '', `. ${comingOf(state, steps)}`)]
}

function comingOf(state, steps) {
  if (steps.length === 0)
    return 'Nothing that was written down has happened to it yet: ask again in a moment.'
  if (steps.some(({ open }) => open)) return 'It is not at its end: ask again to see how it goes on.'
  return state === 'pending' ? 'It is not paid yet.' : ''
}

/** A row for each step, and one for each pause, before the first step after it. */
function rows({ steps, pauses }) {
  const timed = steps.map((step) => ({
    ...step,
    startMs: Date.parse(step.at),
    endMs: Date.parse(step.until ?? step.at),
  }))
  const gaps = pauses.map((pause) => ({
    ...pause,
    startMs: Date.parse(pause.at),
    endMs: Date.parse(pause.until),
  }))
  const firstMs = Math.min(...timed.map(({ startMs }) => startMs))
  const lastMs = Math.max(...timed.map(({ endMs }) => endMs))
  const place = openTimeScale({ firstMs, lastMs }, gaps)
  const left = [...gaps]
  const made = timed.flatMap((step) => {
    const over = left.filter(({ endMs }) => endMs <= step.startMs)
    left.splice(0, over.length)
    return [...over.map(pauseRow), stepRow(step, { firstMs, lastMs, gaps, place })]
  })
  return [...made, ...left.map(pauseRow)]
}

function pauseRow({ words }) {
  return make('li', 'pause', `${words}; drawn short`)
}

function stepRow(step, { firstMs, lastMs, gaps, place }) {
  const row = hued(make('li', step.failed ? 'failed' : ''), step.service)
  const track = make('span', 'track')
  track.append(...gaps.map((gap) => between(make('span', 'gap'), gap, place)))
  // What has no end yet reaches as far as the story does.
  const bar = step.open ? { ...step, endMs: lastMs } : step
  const look = `bar${step.open ? ' open' : ''}${step.traced ? ' traced' : ''}`
  track.append(between(make('span', look), bar, place))
  const summary = make('summary', '')
  summary.append(
    make('span', 'since', since(step.startMs - firstMs)),
    make('span', 'words', unbroken(step.words)),
    track,
  )
  const details = make('details', '')
  details.append(summary, facts(step))
  row.append(details)
  return row
}

function facts({ what, service, at: begun, until, tries, workMs, open, replayedAt }) {
  const known = {
    ...{ step: what, service, [until || open ? 'from' : 'at']: begun, ...(until && { until }) },
    ...(tries > 1 && { tries }),
    ...(workMs !== undefined && { 'at work': `${workMs.toFixed(1)} ms, by the trace` }),
    ...(replayedAt && { replayed: replayedAt }),
  }
  const list = make('dl', '')
  for (const [name, value] of Object.entries(known))
    list.append(make('dt', '', name), make('dd', '', String(value)))
  return list
}

/** No line ends between a number and its unit. */
function unbroken(words) {
  return words.replace(/(\d) (?=(?:ms|s|min|h|d)\b)/g, '$1\u00a0')
}

/** Since the first step. */
function since(ms) {
  if (ms < 1_000) return `${ms} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(2)} s`
  const minutes = Math.floor(ms / 60_000)
  const rest = Math.floor((ms % 60_000) / 1_000)
  return `${minutes}:${String(rest).padStart(2, '0')} min`
}

function between(element, { startMs, endMs }, place) {
  const from = place(startMs)
  // What begins at the very end is still to be seen.
  element.style.left = `min(${from}%, 100% - var(--least))`
  element.style.width = `${place(endMs) - from}%`
  return element
}

function hued(element, service) {
  element.style.setProperty('--hue', `var(--${SERVICES.includes(service) ? service : 'soft'})`)
  return element
}

function make(name, className, text = '') {
  const element = document.createElement(name)
  if (className) element.className = className
  if (text) element.textContent = text
  return element
}
