// Goal: what opens over a page is for everybody too: menus, pickers, drawers and dialogs pass axe in both themes, close
// by Escape, fit on a phone, and the browser is content. Nothing here changes anything: the journeys do. Method: each
// is opened as a person does, by the names of buttons; MESHER_TEST_PICTURES names a folder that pictures are put into.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { gone, inTheme, seen, seriousFindings, until } from './support.ts'
import { webShop } from './web-shop.ts'

type Step = string | RegExp | ((page: Page) => Promise<void>)

const pictures = process.env.MESHER_TEST_PICTURES
const project = '/default/web-shop'
const keys =
  (...pressed: string[]) =>
  async ({ keyboard }: Page): Promise<void> => {
    for (const key of pressed) await keyboard.press(key)
  }
const chooseTwo = async (page: Page): Promise<void> => {
  for (const index of [1, 2]) await page.getByRole('row').nth(index).getByRole('checkbox').check()
}
const firstEvent = async (page: Page): Promise<void> => {
  await page
    .getByRole('table')
    .getByRole('row')
    .nth(1)
    .click({ position: { x: 200, y: 8 } })
}

/**
 * Ways to something that opens: pages, and what is pressed there. `issue` stands for the page of one. Those of one page
 * follow each other.
 */
const layers: Readonly<Record<string, { at: string; by: Step[]; only?: 'wide' | 'phone' }>> = {
  'projects-menu': { at: `${project}/issues`, by: [/^Project: Web shop/], only: 'wide' },
  navigation: { at: `${project}/issues`, by: ['Navigation'], only: 'phone' },
  'user-menu': { at: `${project}/issues`, by: [/^You/] },
  'theme-menu': { at: `${project}/issues`, by: [/^Theme/], only: 'wide' },
  'environment-filter': { at: `${project}/issues`, by: [/^Environment/] },
  'time-range': { at: `${project}/issues`, by: [/^Time range/] },
  'sort-menu': { at: `${project}/issues`, by: [/^Sort by/] },
  'row-menu': { at: `${project}/issues`, by: [/^Actions for/] },
  'bulk-resolve': { at: `${project}/issues`, by: [chooseTwo, 'More ways to resolve'] },
  'bulk-more': { at: `${project}/issues`, by: [chooseTwo, 'More actions'] },
  'bulk-merge': { at: `${project}/issues`, by: [chooseTwo, 'Merge'] },
  'bulk-assign': { at: `${project}/issues`, by: [chooseTwo, 'Assign'] },
  'bulk-delete': { at: `${project}/issues`, by: [chooseTwo, 'More actions', /^Delete/] },
  'command-palette': { at: `${project}/issues`, by: [keys('Control+k')] },
  'shortcut-sheet': { at: `${project}/issues`, by: [keys('?')], only: 'wide' },
  'issue-resolve': { at: 'issue', by: ['More ways to resolve'] },
  'issue-more': { at: 'issue', by: ['More actions'] },
  'issue-merge': { at: 'issue', by: ['More actions', /^Merge into/] },
  'issue-discard': { at: 'issue', by: ['More actions', /^Discard/] },
  'issue-assign': { at: 'issue', by: [keys('a')] },
  'event-drawer': { at: `${project}/events?range=14d`, by: [firstEvent] },
  'event-columns': { at: `${project}/events?range=14d`, by: [/^Columns/], only: 'wide' },
  'event-export': { at: `${project}/events?range=14d`, by: ['Export'] },
  'release-filter': { at: `${project}/events?range=14d`, by: [/^Release/] },
  'rule-editor': { at: `${project}/alerts?tab=rules`, by: [/^New rule/, /^Add webhook/i] },
  'key-dialog': { at: `${project}/settings/keys`, by: [/^New key/] },
  'key-rotate': { at: `${project}/settings/keys`, by: [/^Rotate/] },
  'key-revoke': { at: `${project}/settings/keys`, by: [/^Revoke/] },
  'project-delete': { at: `${project}/settings/danger`, by: [/^Delete the project/] },
  'new-project': { at: '/default/projects', by: [/^New project/] },
  'new-organization': { at: '/organizations', by: [/^New organization/] },
  'organization-delete': { at: '/default/settings', by: [/^Delete the organization/] },
  invite: { at: '/default/team', by: [/^Invite/] },
  'new-token': { at: '/account', by: [/^New token/] },
  'log-out-everywhere': { at: '/account', by: [/^Log out everywhere/] }
}

async function take(page: Page, step: Step): Promise<void> {
  if (typeof step === 'function') return step(page)
  const button = page
    .getByRole('button', { name: step, exact: true })
    .or(page.getByRole('menuitem', { name: step, exact: true }))
    .filter({ visible: true })
  await button.first().click()
}

/** What reaches beyond the window, or can only be read by scrolling sideways; code may. */
const misfits = `[...document.querySelectorAll('#layers [role=dialog], #layers [role=menu]')].flatMap(layer => {
  const { left, right, top, bottom } = layer.getBoundingClientRect()
  const scrolls = part => ['auto', 'scroll'].includes(getComputedStyle(part).overflowX)
  const wide = [layer, ...layer.querySelectorAll(':not(pre)')]
    .filter(part => part.scrollWidth > part.clientWidth && scrolls(part))
  const isBeyond = left < 0 || right > innerWidth || top < 0 || bottom > innerHeight
  return [...isBeyond ? ['beyond the window'] : [], ...wide.map(part => 'too wide: ' + part.className)]
})`

/** Until what floats stands where it will stay; what has no place of its own is there at once. */
async function placed(page: Page): Promise<void> {
  await until(
    async () =>
      await page.evaluate<boolean>(
        '[...document.querySelectorAll("[data-reka-popper-content-wrapper]")]' +
          '.every(layer => layer.getBoundingClientRect().bottom > 0)'
      )
  )
}

t.test('layers', async t => {
  const { visit, credential, issueId } = await webShop(t, { events: 1_000, issues: 30, users: 100 })
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true })

  for (const [screen, viewport] of [
    ['wide', { width: 1440, height: 900 }],
    ['phone', { width: 390, height: 844 }]
  ] as const) {
    const { page, complaints } = await visit('/organizations', { credential, options: { viewport } })
    const open = page.locator('#layers').locator('[role=dialog], [role=menu]').filter({ visible: true })
    const themes: ('light' | 'dark')[] = screen === 'wide' || pictures !== undefined ? ['light', 'dark'] : []
    let here = ''
    for (const [name, { at, by, only = screen }] of Object.entries(layers)) {
      if (only !== screen) continue
      if (at !== here) {
        await page.goto(new URL(at === 'issue' ? `${project}/issues/${issueId}` : at, page.url()).href)
        await seen(page.getByRole('heading', { level: 1 }))
        here = at
      }
      for (const step of by) await take(page, step)
      await seen(open)
      if (pictures !== undefined) await page.waitForLoadState('networkidle')
      for (const [index, theme] of themes.entries()) {
        await inTheme(page, theme)
        // The page below is looked at by another test, and a theme changes nothing but colours.
        if (screen === 'wide') {
          t.same(
            await seriousFindings(page, { within: '#layers', ...(index > 0 ? { rules: ['color-contrast'] } : {}) }),
            [],
            `${name} is for everybody, ${theme}`
          )
        }
        if (pictures !== undefined) {
          await page.screenshot({ path: path.join(pictures, `layer-${name}-${theme}-${screen}.png`) })
        }
      }
      // The next one begins in the theme that the page has now: to draw it all again takes longest.
      themes.reverse()
      // A menu is there a frame before it has found its place, above the window until then.
      await placed(page)
      t.same(await page.evaluate<string[]>(misfits), [], `${name} fits, ${screen}`)
      await page.keyboard.press('Escape')
      await gone(open)
      t.same(complaints.splice(0), [], `${name}: the browser is content, ${screen}`)
    }
    await page.context().close()
  }
})
