// Goal: no page sticks out on a phone. Method: as for a desk, without axe, which has nothing else to say there.
import t from 'tap'
import { lookAtEveryPage } from './every-page.ts'

t.test('pages on a phone', async t => {
  await lookAtEveryPage(t, { width: 390, height: 844, isForEverybody: false })
})
