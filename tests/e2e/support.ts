/**
 * The dashboard in a browser, before a whole Mesher of the test's own: people with a session, what the browser
 * complained about while they looked around, events as an application sends them, what axe finds. The dashboard must
 * have been built, which the test run does first.
 */
import assert from 'node:assert'
import { existsSync } from 'node:fs'
import { createServer, connect, type Server, type Socket } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import axe, { type AxeResults, type RunOptions } from 'axe-core'
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import * as v from 'valibot'
import { apiUnderTest, type ApiUnderTest } from '../support/api.ts'
import type { TestNodeOptions } from '../support/running-node.ts'

type Test = { teardown: (work: () => Promise<void>) => void }

export type Visit = {
  page: Page
  /** What the browser had to say: errors, warnings, refusals of the policy, requests to anywhere else. */
  complaints: string[]
  /** Until the live stream follows what the page has asked it to: what is stored from then on is told. */
  followed: () => Promise<void>
}

export type Dashboard = ApiUnderTest & {
  /** A browser window of its own; with a cookie it is that user's. */
  visit: (
    address: string,
    about?: { credential?: Readonly<Record<string, string>>; at?: string; options?: BrowserContextOptions }
  ) => Promise<Visit>
  /** Sends as an application does; returns the ids once they are stored. */
  send: (...events: object[]) => Promise<string[]>
}

const stored = v.object({ id: v.string(), outcome: v.literal('stored') })
const dashboardFolder = path.resolve('dist/web')
const executablePath = process.env.MESHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]
/** Of one step; nothing takes this long unless it is broken. */
const stepMsMax = 30_000

export async function dashboard(t: Test, options: TestNodeOptions = {}): Promise<Dashboard> {
  assert(existsSync(path.join(dashboardFolder, 'index.html')), 'the dashboard has not been built: npm run build')
  const api = await apiUnderTest(t, { ...options, dashboardFolder })
  const browser: Browser = await chromium.launch({ executablePath, args })
  t.teardown(() => browser.close())

  async function visit(
    address: string,
    {
      credential,
      at = api.url,
      options = {}
    }: { credential?: Readonly<Record<string, string>>; at?: string; options?: BrowserContextOptions } = {}
  ): Promise<Visit> {
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      ...options
    })
    context.setDefaultTimeout(stepMsMax)
    const [, session] = /mesher_session=([\w-]+)/.exec(credential?.cookie ?? '') ?? []
    if (session !== undefined) {
      await context.addCookies([{ name: 'mesher_session', value: session, url: at, httpOnly: true, sameSite: 'Lax' }])
    }
    const page = await context.newPage()
    const complaints = complaintsOf(page, new URL(at).origin)
    const followed = followingOf(page)
    await page.goto(at + address)
    return { page, complaints, followed }
  }

  async function send(...events: object[]): Promise<string[]> {
    return await Promise.all(
      events.map(async event => {
        const response = await fetch(`${api.url}/api/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-mesher-key': api.key },
          body: JSON.stringify(event)
        })
        return v.parse(stored, await response.json()).id
      })
    )
  }
  return { ...api, visit, send }
}

function complaintsOf(page: Page, origin: string): string[] {
  const complaints: string[] = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(`${message.type()} at ${page.url()}: ${message.text()}`)
    }
  })
  page.on('pageerror', error => {
    complaints.push(`thrown at ${page.url()}: ${error.message}`)
  })
  page.on('request', request => {
    const { protocol, origin: to } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && to !== origin) complaints.push(`request to ${request.url()}`)
  })
  return complaints
}

function followingOf(page: Page): () => Promise<void> {
  let stream = { asked: 0, answered: 0 }
  page.on('request', request => {
    if (request.isNavigationRequest()) stream = { asked: 0, answered: 0 }
  })
  page.on('websocket', socket => {
    const mine = (stream = { asked: 0, answered: 0 })
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes('"type":"subscribe"')) mine.asked += 1
    })
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('"type":"subscribed"')) mine.answered += 1
    })
  })
  return () => until(async () => stream.asked > 0 && stream.answered >= stream.asked)
}

/** A way of the sidebar. Its name ends with a number once that is known, so it is found with and without one. */
export function destination(page: Page, name: string): Locator {
  return page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}(?: [\\d.,]+\\w?)?$`) })
}

/** Waits until it is there. */
export async function seen(locator: Locator): Promise<Locator> {
  await locator.first().waitFor()
  return locator
}

export async function gone(locator: Locator): Promise<void> {
  await locator.first().waitFor({ state: 'hidden' })
}

/** Asks again and again until it is so: for what no page shows. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50)
}

/** Once it is drawn. */
export async function inTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme })
  await page.locator(theme === 'dark' ? 'html.dark' : 'html:not(.dark)').waitFor({ state: 'attached' })
  await page.evaluate('new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
  // Colours change gradually, be it within a millisecond: it begins with a frame that may come late.
  await page.evaluate(
    'Promise.all(document.getAnimations()' +
      '.filter(one => one.effect?.getComputedTiming().endTime !== Infinity)' +
      '.map(one => one.finished.catch(() => {}))).then(() => {})'
  )
}

/**
 * What axe holds for serious or critical, in words: on the whole page or within what a selector finds, by all its rules
 * or by some.
 */
export async function seriousFindings(
  page: Page,
  { within = 'html', rules }: { within?: string; rules?: string[] } = {}
): Promise<string[]> {
  // By the protocol and not by a script element: the page's policy stays in force.
  if (await page.evaluate<boolean>('!("axe" in window)')) await page.evaluate(axe.source)
  const options: RunOptions = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) }
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run(${JSON.stringify(within)}, ${JSON.stringify(options)})`
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(node => node.target.join(' '))
          .join(' | ')}`
    )
}

/** A way to the server that can be cut and mended. */
export async function cuttable(
  t: Test,
  port: number
): Promise<{ url: string; cut: () => Promise<void>; mend: () => Promise<void> }> {
  const open = new Set<Socket>()
  let server: Server = createServer(join)

  function join(from: Socket): void {
    const to = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [from, to],
      [to, from]
    ] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => one.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  }

  async function listen(at: number): Promise<number> {
    await new Promise<void>(resolve => {
      server.listen(at, '127.0.0.1', resolve)
    })
    const address = server.address()
    assert(typeof address === 'object' && address !== null)
    return address.port
  }

  async function cut(): Promise<void> {
    if (!server.listening) return
    const closed = new Promise<void>(resolve => {
      server.close(() => resolve())
    })
    for (const socket of open) socket.destroy()
    await closed
  }

  const at = await listen(0)
  t.teardown(cut)
  return {
    url: `http://127.0.0.1:${at}`,
    cut,
    mend: async () => {
      server = createServer(join)
      await listen(at)
    }
  }
}
