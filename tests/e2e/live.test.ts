// Goal: events appear on the live page as they are stored, filtered by the server, and wait while it is paused; when
// the way to the server is cut the page says so, and when it is mended shows what was missed. Method: a browser before
// a whole server, by a way that can be cut; events as an application sends them.
import t from 'tap'
import { cuttable, dashboard, gone, seen } from './support.ts'

t.test('live', async t => {
  const { visit, send, user, port } = await dashboard(t)
  const { credential } = await user('owner')

  t.test('events come as they are stored, wait while the page is paused, and are filtered by the server', async t => {
    const { page, complaints, followed } = await visit('/default/default/live', { credential })
    await seen(page.getByText('Waiting for events'))
    await followed()
    await send({ message: 'the first', level: 'error' })
    const table = page.getByRole('table', { name: 'Live events' })
    await seen(table.getByText('the first'))

    await page.keyboard.press('Space')
    await seen(page.getByRole('button', { name: 'Resume' }))
    const fingerprint = ['one issue']
    await send(
      { message: 'the second', level: 'info', fingerprint },
      { message: 'the third', level: 'error', fingerprint }
    )
    await seen(page.getByText('2 held'))
    t.equal(await table.getByText('the third').count(), 0)
    await page.keyboard.press('Space')
    await seen(table.getByText('the second'))
    await seen(table.getByText('the third'))

    await page.getByRole('button', { name: /^Level:/ }).click()
    await page.getByRole('option', { name: 'fatal' }).click()
    await page.keyboard.press('Escape')
    await seen(page.getByText('Filtered on the server'))
    await gone(table.getByText('the third'))
    t.equal(new URL(page.url()).searchParams.get('level'), 'fatal')
    await followed()
    await send({ message: 'the fourth', level: 'error' })
    await send({ message: 'the fifth', level: 'fatal', fingerprint })
    await seen(table.getByText('the fifth'))
    t.equal(await table.getByText('the fourth').count(), 0)

    await table.getByRole('button', { name: 'the fifth' }).click()
    await seen(page.getByRole('link', { name: 'Open in its issue' }))
    await seen(page.getByRole('heading', { name: 'the fifth' }))
    // A row that was clicked keeps no key from the page.
    await page.keyboard.press('Space')
    await seen(page.getByRole('button', { name: 'Resume' }))
    await page.keyboard.press('Escape')
    await gone(page.getByRole('link', { name: 'Open in its issue' }))
    t.same(complaints, [])
    await page.context().close()
  })

  t.test('a cut is told, and what was missed is there once it is mended', async t => {
    const way = await cuttable(t, port)
    const { page, complaints } = await visit('/default/default/issues', { credential, at: way.url })
    await seen(page.getByRole('link', { name: 'the first' }))
    await seen(page.getByRole('status').filter({ hasText: 'Live' }))
    t.same(complaints, [])

    await way.cut()
    const banner = page.getByText('The live connection to Mesher is lost.')
    await seen(banner)
    await page.getByRole('link', { name: 'Overview' }).click()
    await seen(page.getByText('This page could not be loaded.'))
    await send({ message: 'while it was away', level: 'error' })
    await way.mend()
    // Unless it was quicker by itself.
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2_000 })
      .catch(() => {})
    await gone(banner)
    await seen(page.getByRole('status').filter({ hasText: 'Live' }))
    // It is among the others when they were fetched again, and waits behind its number when the stream has told of it.
    const missed = page.getByRole('link', { name: 'while it was away' })
    const waiting = page.getByRole('button', { name: '1 new' })
    await seen(missed.or(waiting))
    if (await waiting.isVisible()) await waiting.click()
    await seen(missed)
    t.notOk(
      complaints.some(complaint => !/WebSocket|ERR_|Failed to load/.test(complaint)),
      'the browser complained of the cut alone'
    )
  })
})
