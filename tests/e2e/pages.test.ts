// Goal: every page is fit for everybody: axe finds nothing serious on it in either theme, and nothing sticks out.
// Method: a browser before a whole server with a project full of made-up events.
import t from 'tap'
import { lookAtEveryPage } from './every-page.ts'

t.test('pages on a desk', async t => {
  await lookAtEveryPage(t, { width: 1440, height: 900, isForEverybody: true })
})
