/**
 * The main pages of the dashboard, each loaded with nothing in the browser's cache (cold) and once more with everything
 * (warm): when its largest part was painted, and how far what was painted moved (Chromium's layout shift). Times are
 * those of the machine, so they have budgets and no bar; how far something moves is the page's own doing.
 */
import type { Browser, Page } from 'playwright-core'
import * as v from 'valibot'
import { median, rounded } from '../support/statistics.ts'
import { tableOf, type Progress } from '../support/text.ts'
import type { Installation } from './installation.ts'
import { loadProbe } from './probes.ts'

type Load = { paintMs: number; shift: number }
/** Medians of the paints, the greatest of the shifts. */
export type Loads = { cold: Load; warm: Load }

export const shiftMax = 0.05
/** Seconds until the largest part is painted, cold and warm. */
const paintBudgetsS: Readonly<Record<string, number>> = {
  overview: 0.8,
  issues: 1,
  issue: 0.8,
  events: 1,
  live: 0.8,
  releases: 1,
  settings: 0.8,
  team: 0.8,
  system: 0.8,
  'all projects': 1,
  'all issues': 1
}
const loadSchema = v.object({ paintMs: v.number(), shift: v.number() })

function addressesOf({ project, issue }: Pick<Installation, 'project' | 'issue'>): Readonly<Record<string, string>> {
  const organization = project.slice(0, project.lastIndexOf('/'))
  return {
    overview: `${project}/overview`,
    issues: `${project}/issues`,
    issue: `${project}/issues/${issue}`,
    events: `${project}/events`,
    live: `${project}/live`,
    releases: `${project}/releases`,
    settings: `${project}/settings`,
    team: `${organization}/team`,
    system: '/system',
    'all projects': `${organization}/overview`,
    'all issues': `${organization}/issues`
  }
}

export async function loadsOfPages(
  browser: Browser,
  mesher: Pick<Installation, 'url' | 'cookie' | 'project' | 'issue'>,
  { rounds, viewport }: { rounds: number; viewport: { width: number; height: number } },
  progress: Progress
): Promise<Map<string, Loads>> {
  const found = new Map<string, Loads>()
  for (const [name, address] of Object.entries(addressesOf(mesher))) {
    const [cold, warm]: [Load[], Load[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      const context = await browser.newContext({ viewport })
      await context.addCookies([{ ...mesher.cookie, url: mesher.url }])
      for (const loads of [cold, warm]) {
        const page = await context.newPage()
        loads.push(await loaded(page, mesher.url + address))
        await page.close()
      }
      await context.close()
    }
    const both = { cold: summed(cold), warm: summed(warm) }
    found.set(name, both)
    progress.done(
      `web · ${name} painted after ${Math.round(both.cold.paintMs)} ms, ${Math.round(both.warm.paintMs)} warm`
    )
  }
  return found
}

async function loaded(page: Page, address: string): Promise<Load> {
  await page.goto(address)
  await page.waitForLoadState('networkidle')
  return v.parse(loadSchema, await page.evaluate(loadProbe))
}

function summed(loads: readonly Load[]): Load {
  return { paintMs: median(loads.map(({ paintMs }) => paintMs)), shift: Math.max(...loads.map(({ shift }) => shift)) }
}

export function figuresOfPages(pages: ReadonlyMap<string, Loads>): Readonly<Record<string, object>> {
  const ofLoad = ({ paintMs, shift }: Load): object => ({ lcp_s: rounded(paintMs / 1_000, 3), cls: rounded(shift, 4) })
  return Object.fromEntries(
    [...pages].map(([name, { cold, warm }]) => [
      name,
      { cold: ofLoad(cold), warm: ofLoad(warm), budget_s: paintBudgetsS[name] ?? 0 }
    ])
  )
}

export function tableOfPages(pages: ReadonlyMap<string, Loads>): string {
  return tableOf(
    ['page', 'cold, s', 'warm, s', 'budget, s', 'moved cold', 'moved warm', 'budget'],
    [...pages].map(([name, { cold, warm }]) => [
      name,
      (cold.paintMs / 1_000).toFixed(2),
      (warm.paintMs / 1_000).toFixed(2),
      (paintBudgetsS[name] ?? 0).toFixed(2),
      cold.shift.toFixed(4),
      warm.shift.toFixed(4),
      shiftMax.toFixed(2)
    ])
  )
}

/** What was missed, in words. */
export function missedByPages(pages: ReadonlyMap<string, Loads>): string[] {
  return [...pages].flatMap(([name, { cold, warm }]) => {
    const shift = Math.max(cold.shift, warm.shift)
    return shift > shiftMax ? [`${name} moves by ${shift.toFixed(3)} while it is loaded, more than ${shiftMax}`] : []
  })
}
