// Goal: the list of events says how they go by time, shows the columns that one wants, and is saved as a file with
// every event once, also when a page fails on the way. Method: a browser before a whole server with three pages of
// events, some of a release that is new; files are what the browser has downloaded.
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { dashboard, gone, seen, until } from './support.ts'

const count = 250
const events = Array.from({ length: count }, (_, index) => ({
  level: index % 2 === 0 ? 'error' : 'info',
  message: `=order ${index}, "lost"`,
  release: index % 5 === 0 ? 'shop@2.0.0' : '',
  environment: 'production'
}))

async function exported(page: Page, format: RegExp): Promise<{ name: string; content: string }> {
  await page.getByRole('button', { name: 'Export' }).click()
  const dialog = page.getByRole('dialog', { name: 'Export events' })
  await dialog.getByRole('radio', { name: format }).check()
  return await downloaded(page, () => dialog.getByRole('button', { name: 'Export' }).click())
}

async function downloaded(page: Page, press: () => Promise<void>): Promise<{ name: string; content: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), press()])
  return { name: download.suggestedFilename(), content: await readFile(await download.path(), 'utf8') }
}

t.test('events', async t => {
  const { visit, send, user, sql } = await dashboard(t)
  const { credential } = await user('owner')
  await send(...events)
  const ids = (await sql<{ id: string }[]>`select id from events`).map(({ id }) => id).sort()
  const { page, complaints } = await visit('/default/default/events', { credential })
  const chart = page.getByRole('img', { name: /^Events over time/ })

  t.test('the chart counts what the list has, and marks a new release', async t => {
    await seen(chart)
    // Rollups are a moment behind, and the chart stands still: a reload asks again.
    await until(async () => {
      await page.reload()
      await seen(chart)
      return /: 250 events; .* new: shop@2\.0\.0$/.test((await chart.getAttribute('aria-label')) ?? '')
    })
    await page.getByRole('button', { name: /^Level:/ }).click()
    await page.getByRole('option', { name: 'error' }).click()
    await page.keyboard.press('Escape')
    await seen(page.getByRole('img', { name: /^Events over time: 125 events/ }))

    await page.getByRole('button', { name: 'Hide the chart' }).click()
    await gone(chart)
    await page.reload()
    await page.getByRole('button', { name: 'Show the chart' }).click()
    await seen(chart)

    await page.getByRole('combobox', { name: 'Search events' }).fill('lost')
    await page.keyboard.press('Enter')
    await gone(chart)
    t.ok(await page.getByRole('button', { name: /^No chart of words/ }).isDisabled(), 'words are not counted by hour')
    t.same(complaints.splice(0), [])
  })

  t.test('columns are left out, also after a reload', async t => {
    await page.goto(new URL('/default/default/events', page.url()).href)
    const headings = async () =>
      (await page.getByRole('table', { name: 'Events' }).getByRole('columnheader').allTextContents()).map(text =>
        text.trim()
      )
    await page.getByRole('button', { name: /^Columns:/ }).click()
    await page.getByRole('option', { name: 'Release' }).click()
    await page.keyboard.press('Escape')
    await until(async () => (await headings()).includes('User') && !(await headings()).includes('Release'))
    await page.reload()
    await until(async () => (await headings()).includes('User') && !(await headings()).includes('Release'))
    t.same(complaints.splice(0), [])
  })

  t.test('all events are saved as CSV and as lines of JSON', async t => {
    const csv = await exported(page, /^CSV/)
    t.match(csv.name, /^default-events-\d{4}-\d\d-\d\dT\d{4}\.csv$/)
    const [head, ...lines] = csv.content.trimEnd().split('\r\n')
    t.equal(head, 'received_at,timestamp,level,title,culprit,message,environment,release,user,issue_id,id')
    t.same(lines.map(line => line.split(',').at(-1) ?? '').sort(), ids)
    t.ok(
      lines.every(line => /,"'=order \d+, ""lost""",production,/.test(line)),
      'what would be a formula is text'
    )
    t.ok(
      lines.every(line => /^[^,]+,[^,]+,\w+,"'=order (\d+), ""lost""",[^,]*,"'=order \1, ""lost""",/.test(line)),
      'each has the title of its own event'
    )

    const ndjson = await exported(page, /^NDJSON/)
    const rows: { id: string; message: string }[] = ndjson.content
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    t.same(rows.map(({ id }) => id).sort(), ids)
    t.match(rows[0]?.message, /^=order \d+, "lost"$/)
    t.same(complaints.splice(0), [])
  })

  t.test('a page that fails is asked for again, and nothing is there twice', async t => {
    await page.route(
      address => address.pathname.endsWith('/events') && address.searchParams.has('cursor'),
      route => route.abort(),
      { times: 1 }
    )
    await page.getByRole('button', { name: 'Export' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export events' })
    await dialog.getByRole('button', { name: 'Export' }).click()
    await seen(dialog.getByRole('alert'))
    const { content } = await downloaded(page, () => dialog.getByRole('button', { name: 'Try again' }).click())
    t.same(
      content
        .trimEnd()
        .split('\r\n')
        .slice(1)
        .map(line => line.split(',').at(-1) ?? '')
        .sort(),
      ids
    )
    await gone(dialog)
    t.ok(
      complaints.every(complaint => /ERR_FAILED/.test(complaint)),
      complaints.join('\n')
    )
  })
})
