/**
 * The dashboard in Chromium, in front of a whole Mesher: frames of the live tail at 1,000 events/s, frames while a list
 * of 2,000 issues is scrolled, when the largest part of each main page is painted, and how far something moves
 * meanwhile. That alone has a bar, because every machine draws at another speed. Chromium is that of MESHER_CHROMIUM,
 * or /usr/bin/chromium. Options: --seconds for each measurement of frames, --rounds for each page.
 */
import { chromium, type Browser, type Page } from 'playwright-core'
import * as v from 'valibot'
import { install, type Installation } from './web/installation.ts'
import { figuresOfPages, loadsOfPages, missedByPages, tableOfPages, type Loads } from './web/pages.ts'
import { framesOf, scrollProbe, scrollToEnd, scrollToTop, tailProbe, type Frames } from './web/probes.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { describeMachine, machineNow } from './support/machine.ts'
import { median, rounded } from './support/statistics.ts'
import { createProgress, tableOf, thousands, type Progress } from './support/text.ts'

const contents = { events: 30_000, issues: 3_000 }
const eventsPerS = 1_000
const rowsWanted = 2_000
const rowPx = 48
const pxPerFrame = 24
const warmupS = 3
const loadMsMax = 60_000
const settledMs = 400
const viewport = { width: 1440, height: 900 }
const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-precise-memory-info'
]
const budgets = { live_fps: 58, live_p99_ms: 20, scroll_fps: 55 }

type Measured = { live: Frames; sentPerS: number; scroll: Frames; rows: number; pages: Map<string, Loads> }

export async function run({ rounds = 5, seconds = 12 }: BenchOptions): Promise<BenchResult> {
  const progress = createProgress()
  progress.say('web · starting Mesher and filling a project')
  const mesher = await install(contents)
  try {
    const browser = await chromium.launch({
      executablePath: process.env.MESHER_CHROMIUM ?? '/usr/bin/chromium',
      args: chromiumArgs
    })
    try {
      return resultOf(await measured(browser, mesher, { rounds, seconds }, progress), { rounds, seconds })
    } finally {
      await browser.close()
    }
  } finally {
    await mesher.stop()
  }
}

async function measured(
  browser: Browser,
  mesher: Installation,
  { rounds, seconds }: { rounds: number; seconds: number },
  progress: Progress
): Promise<Measured> {
  const { frames: live, sentPerS } = await tailing(browser, mesher, seconds)
  progress.done(`web · live tail at ${thousands(sentPerS)} events/s · ${live.fps.toFixed(1)} fps`)
  const { frames: scroll, rows } = await scrolling(browser, mesher, seconds)
  progress.done(`web · scrolling ${thousands(rows)} issues · ${scroll.fps.toFixed(1)} fps`)
  const pages = await loadsOfPages(browser, mesher, { rounds, viewport }, progress)
  return { live, sentPerS, scroll, rows, pages }
}

async function opened(browser: Browser, mesher: Installation, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport })
  await context.addCookies([{ ...mesher.cookie, url: mesher.url }])
  const page = await context.newPage()
  await page.goto(mesher.url + mesher.project + path)
  await page.waitForLoadState('networkidle')
  return page
}

async function scrolling(
  browser: Browser,
  mesher: Installation,
  seconds: number
): Promise<{ frames: Frames; rows: number }> {
  const page = await opened(browser, mesher, '/issues?range=90d')
  await page.locator('[role=table]').waitFor()
  const height = await loaded(page)
  await page.evaluate(scrollToTop)
  await page.waitForTimeout(settledMs)
  const frames = framesOf(await page.evaluate(scrollProbe(seconds * 1_000, pxPerFrame)))
  await page.context().close()
  return { frames, rows: Math.round(height / rowPx) }
}

/** Scrolls to the end again and again until enough rows are loaded. Returns their height together. */
async function loaded(page: Page): Promise<number> {
  const endMs = Date.now() + loadMsMax
  let height = 0
  while (height < rowsWanted * rowPx) {
    height = v.parse(v.number(), await page.evaluate(scrollToEnd))
    if (Date.now() > endMs) {
      throw new Error(`only ${Math.round(height / rowPx)} rows were loaded within ${loadMsMax / 1_000} s`)
    }
    await page.waitForTimeout(settledMs)
  }
  return height
}

async function tailing(
  browser: Browser,
  mesher: Installation,
  seconds: number
): Promise<{ frames: Frames; sentPerS: number }> {
  const page = await opened(browser, mesher, '/live')
  const sending = mesher.send(eventsPerS, seconds + 2 * warmupS)
  await page.locator('[role=table]').waitFor()
  await page.waitForTimeout(warmupS * 1_000)
  const frames = framesOf(await page.evaluate(tailProbe(seconds * 1_000)))
  const sentPerS = await sending
  await page.context().close()
  return { frames, sentPerS }
}

function resultOf(
  { live, sentPerS, scroll, rows, pages }: Measured,
  setting: { rounds: number; seconds: number }
): BenchResult {
  const machine = machineNow()
  const row = (
    name: string,
    { fps, p99Ms, longestMs, longTasks, longestTaskMs, heapMb, heapEndMb }: Frames
  ): string[] => [
    name,
    fps.toFixed(1),
    p99Ms.toFixed(1),
    longestMs.toFixed(1),
    `${longTasks}${longTasks > 0 ? ` (${Math.round(longestTaskMs)} ms)` : ''}`,
    `${heapMb.toFixed(0)} to ${heapEndMb.toFixed(0)}`
  ]
  const shown = live.rates.length === 0 ? 0 : median(live.rates)
  const figuresOf = ({ fps, p99Ms, longestMs, longTasks, heapMb, heapEndMb }: Frames) => ({
    fps: rounded(fps, 1),
    p99_ms: rounded(p99Ms, 1),
    longest_ms: rounded(longestMs, 1),
    long_tasks: longTasks,
    heap_mb: [rounded(heapMb, 1), rounded(heapEndMb, 1)]
  })
  return {
    figures: {
      machine,
      ...setting,
      live: { ...figuresOf(live), sent_per_s: Math.round(sentPerS), shown_per_s: shown },
      scroll: { ...figuresOf(scroll), rows },
      pages: figuresOfPages(pages),
      budgets
    },
    text: [
      `The dashboard at ${viewport.width} × ${viewport.height}: ${setting.seconds} s of frames each, ` +
        `median of ${setting.rounds} loads of each page, cold and warm`,
      describeMachine(machine),
      tableOf(
        ['', 'fps', 'p99 ms', 'longest ms', 'long tasks', 'heap MB'],
        [
          row(
            `live tail, ${thousands(sentPerS)} events/s sent, ${thousands(shown)} shown ` +
              `(budget ${budgets.live_fps} fps, ${budgets.live_p99_ms} ms)`,
            live
          ),
          row(`scrolling ${thousands(rows)} issues (budget ${budgets.scroll_fps} fps)`, scroll)
        ]
      ),
      tableOfPages(pages)
    ].join('\n'),
    missed: missedByPages(pages)
  }
}
