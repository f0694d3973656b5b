// Goal: feedback that an SDK sends comes up in the inbox with its event, is replied to by mail, resolved, and opened
// again. Method: a browser before a whole server, and an envelope as the SDKs make them.
import t from 'tap'
import { dashboard, gone, seen, until } from './support.ts'

t.test('the inbox of feedback', async t => {
  const { visit, user, url, key, projectId } = await dashboard(t)
  const { credential, get } = await user('owner', { name: 'Ada Lovelace' })
  const envelope = (id: string, type: string, item: object) =>
    fetch(`${url}/api/${projectId}/envelope/?sentry_key=${key}`, {
      method: 'POST',
      body: [{ event_id: id }, { type }, item].map(line => JSON.stringify(line)).join('\n')
    })
  const [event, feedback] = ['a'.repeat(32), 'b'.repeat(32)]
  await envelope(event, 'event', { event_id: event, message: 'The cart is lost', level: 'error' })
  await envelope(feedback, 'feedback', {
    event_id: feedback,
    environment: 'production',
    contexts: {
      feedback: {
        message: 'I clicked on buy.\nNothing happened.',
        name: 'Ann',
        contact_email: 'ann@example.com',
        url: 'https://shop.example.com/cart',
        associated_event_id: event
      }
    }
  })
  await envelope('c'.repeat(32), 'user_report', { name: '<b>Eve</b>', email: 'eve?bcc=x', comments: 'buy now' })
  await until(async () => (await get<{ data: unknown[] }>('/api/v1/projects/1/feedback')).body.data.length === 2)

  const { page, complaints } = await visit('/default/default/feedback', { credential })
  const list = page.getByRole('list', { name: 'Feedback' })
  const ann = list.getByRole('listitem').filter({ hasText: 'Nothing happened.' })
  await seen(ann)
  t.match(
    await ann.getByRole('link', { name: 'Reply to Ann' }).getAttribute('href'),
    /^mailto:ann%40example\.com\?subject=.*&body=.*Nothing%20happened/
  )
  const eve = list.getByRole('listitem').filter({ hasText: 'buy now' })
  await seen(eve.getByText('<b>Eve</b>', { exact: true }))
  t.equal(await eve.getByRole('link').count(), 0, 'what is no address gets no reply')

  await eve.getByRole('button', { name: /is spam$/ }).click()
  await gone(eve)
  await ann.getByRole('button', { name: /^Resolve/ }).click()
  await seen(page.getByText('Nothing to answer'))
  await page.getByRole('tab', { name: 'Resolved' }).click()
  await seen(ann.getByText(/resolved by\s+Ada Lovelace/))
  await ann.getByRole('button', { name: /again$/ }).click()
  await page.getByRole('tab', { name: 'All' }).click()
  await seen(ann.getByRole('button', { name: /^Resolve/ }))
  await seen(eve.getByText('spam', { exact: true }))

  await ann.getByRole('link', { name: /The cart is lost/ }).click()
  await seen(page.getByRole('heading', { level: 1, name: /The cart is lost/ }))
  t.match(page.url(), /\/issues\/[\w-]+\/events\/[\w-]+$/)
  t.same(complaints, [])
})
