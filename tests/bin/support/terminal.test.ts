// Goal: colours for people who can see them and want them. Method: streams and environments in, a decision out.
import t from 'tap'
import { hasColours } from '../../../bin/support/terminal.ts'

t.test('colours go to terminals, unless they or the user do not want them', async t => {
  t.equal(hasColours({ isTTY: true }, {}), true)
  t.equal(hasColours({ isTTY: false }, {}), false)
  t.equal(hasColours({ isTTY: true }, { TERM: 'dumb' }), false)
  t.equal(hasColours({ isTTY: true }, { NO_COLOR: '1' }), false)
  t.equal(hasColours({ isTTY: true }, { NO_COLOR: '' }), true)
  t.equal(hasColours({ isTTY: false }, { FORCE_COLOR: '1' }), true)
  t.equal(hasColours({ isTTY: true }, { FORCE_COLOR: '0' }), false)
  t.equal(hasColours({ isTTY: false }, { FORCE_COLOR: '1', NO_COLOR: '1' }), false)
})
