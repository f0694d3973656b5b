// Goal: users of a command learn what went wrong and what to do, and see a stack only when it helps. Method: errors of
// every kind in, the text and exit code out.
import { connect } from 'node:net'
import { once } from 'node:events'
import t from 'tap'
import { CommandFailed, failureOf, sentenceOf } from '../../../bin/support/failure.ts'
import { ProjectRefused } from '../../../services/accounts/projects.ts'
import { startError } from '../../../services/database/start-error.ts'

const quiet = { withStack: false }

async function refusedConnection(): Promise<unknown> {
  const [error] = await once(
    connect({ port: 1, host: '127.0.0.1' }).on('error', () => {}),
    'error'
  ).catch((error: unknown) => [error])
  return error
}

t.test('a failed command is a sentence, a hint and an exit code', async t => {
  t.strictSame(failureOf(new CommandFailed('no server answers', { hint: 'Start one.', exitCode: 2 }), quiet), {
    text: 'mesher: no server answers\n  Start one.',
    exitCode: 2
  })
  t.strictSame(failureOf(new CommandFailed('it broke'), quiet), { text: 'mesher: it broke', exitCode: 1 })
  t.strictSame(failureOf(startError('data_in_use', 'The folder is in use.', 'Stop the other one.'), quiet), {
    text: 'mesher: The folder is in use.\n  Stop the other one.',
    exitCode: 1
  })
  t.strictSame(failureOf(new ProjectRefused('There is one already.'), quiet), {
    text: 'mesher: There is one already.',
    exitCode: 1
  })
})

t.test('an operating error has no stack unless it is asked for', async t => {
  const error = await refusedConnection()
  t.match(failureOf(error, quiet).text, /^mesher: connect ECONNREFUSED 127\.0\.0\.1:1$/)
  t.match(failureOf(error, { withStack: true }).text, /ECONNREFUSED[^]+at .*net/)
})

t.test('a mistake of ours comes with its stack, to be reported', async t => {
  const { text, exitCode } = failureOf(new TypeError('x is not a function'), quiet)
  t.match(text, /mesher: x is not a function\nThis is a mistake in Mesher[^]+failure\.test/)
  t.equal(exitCode, 1)
})

t.test('several causes are told together', async t => {
  t.equal(sentenceOf(new AggregateError([new Error('no ::1'), new Error('no 127.0.0.1')])), 'no ::1; no 127.0.0.1')
  t.equal(sentenceOf(new Error('no start', { cause: new Error('port taken') })), 'no start (port taken)')
  t.equal(sentenceOf('odd'), 'odd')
})
