/**
 * Takes pictures of pages of a running Mesher, in both themes and two widths, and tells what the browser complained
 * about, what axe finds and how the policy was violated. Usage: `npx tsx web/e2e/screenshots.ts <folder> <path>…`, with
 * MESHER_URL, and MESHER_EMAIL and MESHER_PASSWORD to log in first; pages are taken without a session when they are
 * missing.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import axe from 'axe-core'
import { chromium, type Page } from 'playwright-core'

const url = process.env.MESHER_URL ?? 'http://localhost:8080'
const {
  MESHER_EMAIL: email,
  MESHER_PASSWORD: password,
  MESHER_CHROMIUM: executablePath = '/usr/bin/chromium'
} = process.env
const [folder = 'screenshots', ...addresses] = process.argv.slice(2)
const widths = [1440, 390] as const
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath, args: quiet })
try {
  for (const width of widths) {
    const context = await browser.newContext({ viewport: { width, height: width > 500 ? 900 : 844 } })
    if (email !== undefined && password !== undefined) {
      const answer = await context.request.post(`${url}/api/v1/auth/login`, {
        data: { email, password },
        headers: { origin: url }
      })
      if (!answer.ok()) throw new Error(`logging in: ${answer.status()} ${await answer.text()}`)
    }
    for (const theme of ['light', 'dark'] as const) {
      for (const address of addresses) await take(await context.newPage(), address, theme, width)
    }
    await context.close()
  }
} finally {
  await browser.close()
}

async function take(page: Page, address: string, theme: 'light' | 'dark', width: number): Promise<void> {
  const name = `${address.replaceAll(/[^\w]+/g, '-').replaceAll(/^-|-$/g, '') || 'home'}-${theme}-${width}`
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) console.log(`${name}: ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', error => console.log(`${name}: ${error.message}`))
  await page.emulateMedia({ colorScheme: theme })
  await page.goto(url + address)
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: path.join(folder, `${name}.png`) })
  for (const finding of await findings(page)) console.log(`${name}: axe: ${finding}`)
  await page.close()
}

async function findings(page: Page): Promise<string[]> {
  // By the protocol, not by a script element: the page's policy stays in force.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(async () => await (window as unknown as { axe: typeof axe }).axe.run())
  return violations.map(
    ({ id, impact, nodes }) =>
      `${impact} ${id}: ${nodes
        .slice(0, 3)
        .map(node => node.target.join(' '))
        .join(' | ')}`
  )
}
