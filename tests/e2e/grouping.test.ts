// Goal: the page of an event tells why it is in its issue, when somebody asks. Method: a browser before a whole server;
// an event with library frames, another one of an issue that was merged.
import t from 'tap'
import * as v from 'valibot'
import { dashboard, seen } from './support.ts'

const issueOf = v.object({ issue_id: v.string() })

t.test('why an event is in its issue', async t => {
  const { visit, send, user } = await dashboard(t)
  const owner = await user('owner', { name: 'Ada' })
  const frames = [
    { filename: 'node_modules/lib.js', function: 'run', in_app: false },
    { filename: '/static/Cart.3f2a9c1b.chunk.js', function: 'async Cart.pay', in_app: true }
  ]
  const [error = '', message = ''] = await send(
    { platform: 'javascript', exception: { type: 'TypeError', value: 'x', stacktrace: { frames } } },
    { message: 'Order 4711 failed' }
  )
  const issue = async (event: string) => v.parse(issueOf, (await owner.get(`/api/v1/events/${event}`)).body).issue_id
  const [root, merged] = [await issue(error), await issue(message)]
  const { page, complaints } = await visit(`/default/default/issues/${root}/events/${error}`, owner)
  const why = page.getByRole('region', { name: 'Why it is in this issue' })
  await why.getByRole('button', { name: 'Why it is in this issue' }).click()
  await seen(why.getByText('The event has exceptions'))
  await seen(why.getByText('left out: folders, the hash of its content, upper case'))
  await why.getByRole('button', { name: '1 frame: not of the application' }).click()
  await seen(why.getByText('run (node_modules/lib.js)'))

  await owner.post(`/api/v1/issues/${merged}/merge`, { into: root })
  await page.goto(new URL(`/default/default/issues/${root}/events/${message}`, page.url()).href)
  await seen(why.getByText('which was merged into this issue'))
  await seen(why.getByText('Order <number> failed'))
  t.same(complaints, [])
  await page.context().close()
})
