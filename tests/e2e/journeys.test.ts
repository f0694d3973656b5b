// Goal: what people come for is a few steps away and needs no text copied: the errors of one user, silence for an issue
// until it gets worse, the hand-over of an issue to a colleague who is told. What a deploy broke and how two releases
// differ are journeys of their own (releases). Method: a browser before a whole server; every click, key and typed text
// is a step, and they are counted.
import t from 'tap'
import { dashboard, destination, gone, seen, until } from './support.ts'

const failure = (thing: string, user: string) => ({
  message: `The ${thing} is lost`,
  fingerprint: [thing],
  level: 'error',
  user: { id: user, email: `${user}@example.com` }
})

/** Takes steps, and knows how many. */
function walk(): { step: (act: () => Promise<unknown>) => Promise<void>; steps: () => number } {
  let steps = 0
  return {
    step: async act => {
      steps += 1
      await act()
    },
    steps: () => steps
  }
}

t.test('journeys', async t => {
  const { visit, send, user, sql } = await dashboard(t)
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  const { credential: colleague } = await user('member', { name: 'Bob Martin' })
  await send(failure('cart', 'ann'), failure('cart', 'ben'), failure('order', 'ann'), failure('refund', 'cy'))
  const { page, complaints } = await visit('/default/default/overview', { credential })
  await seen(page.getByRole('heading', { level: 1, name: 'Overview' }))

  await t.test('errors of one user: from any page, by a part of their address', async t => {
    const { step, steps } = walk()
    await step(() => page.keyboard.press('Control+k'))
    await step(() => page.getByPlaceholder(/^Search issues, pages/).fill('nn@exa'))
    await step(() => page.getByRole('option', { name: /^ann@example\.com/ }).click())
    await seen(page.getByRole('heading', { level: 1, name: 'ann' }))
    await seen(page.getByRole('link', { name: 'The order is lost' }))
    t.equal(await page.getByRole('link', { name: 'The refund is lost' }).count(), 0)
    await step(() => page.getByRole('link', { name: 'The cart is lost' }).click())
    await seen(page.getByRole('heading', { level: 1, name: 'The cart is lost' }))
    t.equal(steps(), 4)
  })

  await t.test('silence until it is worse: by one key, or with a condition', async t => {
    const { step, steps } = walk()
    await step(() => page.keyboard.press('e'))
    await seen(page.getByText('until it escalates', { exact: true }))
    t.equal(steps(), 1)

    await page.getByRole('button', { name: 'Unresolve' }).click()
    const again = walk()
    await again.step(() => page.getByRole('button', { name: 'More ways to archive' }).click())
    await again.step(() => page.getByRole('menuitem', { name: 'Archive until…' }).click())
    const dialog = page.getByRole('dialog')
    await again.step(() => dialog.getByLabel('Until').selectOption('users'))
    await again.step(() => dialog.getByLabel('Users').fill('20'))
    await again.step(() => dialog.getByRole('button', { name: 'Archive' }).click())
    await seen(page.getByText('until 20 more users', { exact: true }))
    t.equal(again.steps(), 5)
    await until(async () => {
      const [issue] = await sql<{ status: string }[]>`select status from issues where title = 'The cart is lost'`
      return issue?.status === 'archived'
    })
  })

  await t.test('hand-over: the colleague is told, and is there by one click', async t => {
    const other = await visit('/default/default/overview', { credential: colleague })
    await seen(other.page.getByRole('heading', { level: 1, name: 'Overview' }))
    await other.followed()
    await page.getByRole('button', { name: 'Unresolve' }).click()
    await seen(page.getByRole('button', { name: 'Assign', exact: true }))

    const { step, steps } = walk()
    await step(() => page.keyboard.press('a'))
    await step(() => page.getByRole('dialog').getByRole('textbox').fill('bob'))
    await step(() => page.keyboard.press('Enter'))
    const told = other.page.getByRole('region', { name: 'Notifications' })
    await seen(told.getByText(/^Ada Lovelace assigned DEFAULT-\d to you$/))
    await step(() => told.getByRole('button', { name: 'Show' }).click())
    await seen(other.page.getByRole('heading', { level: 1, name: 'The cart is lost' }))
    await seen(other.page.getByRole('button', { name: 'Assigned to Bob Martin: change' }))
    await seen(other.page.getByText(/assigned this to Bob Martin/))
    t.equal(steps(), 4)

    await destination(other.page, 'Issues').click()
    await other.page.getByRole('tab', { name: 'For me' }).click()
    await gone(other.page.getByRole('link', { name: 'The refund is lost' }))
    await seen(other.page.getByRole('link', { name: 'The cart is lost' }))
    await other.page.getByRole('link', { name: 'The cart is lost' }).click()
    await other.page.keyboard.press('a')
    await other.page.getByRole('dialog').getByRole('textbox').fill('ada')
    await other.page.keyboard.press('Enter')
    await seen(page.getByRole('region', { name: 'Notifications' }).getByText(/^Bob Martin assigned/))
    t.equal(await told.getByText(/assigned .* to you$/).count(), 0, 'nobody is told of what they did')
    t.same(other.complaints, [])
  })
  t.same(complaints, [])
})
