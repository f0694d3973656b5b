// Goal: a commit is measured, told to dashboards and, when issues changed in a way that rules may be about, to the
// evaluator where there is one; a commit that fails is followed by nothing. Method: the commit is a gate, the evaluator
// an inbox, the clock stands at what the test says.
import t from 'tap'
import { withAfterCommit } from '../../../actors/storage/after-commit.ts'
import type { AlertEvaluatorMessage } from '../../../actors/alerting/messages.ts'
import type { StreamNews } from '../../../actors/streaming/messages.ts'
import { processName } from '../../../mesh/index.ts'
import type { PreparedBatch } from '../../../schema/pipeline.ts'
import type { CommittedBatch } from '../../../services/commit/committed-batch.ts'
import { preparedBatch } from '../../support/prepared.ts'
import { gated, inbox, node, quiet, stored } from '../support.ts'

const evaluator = processName<AlertEvaluatorMessage>('evaluator')

function world(t: Parameters<typeof node>[0]) {
  const mesh = node(t)
  const database = gated<[PreparedBatch[]], CommittedBatch[]>()
  const times: number[] = []
  const news: StreamNews[] = []
  let now = 0
  const commit = withAfterCommit(database.run, {
    mesh,
    commitTime: ms => times.push(ms),
    tellStream: message => {
      news.push(message)
    },
    evaluator,
    now: () => now
  })
  const batch = preparedBatch([])
  const committed = (kind: 'created' | 'updated'): CommittedBatch[] =>
    stored([batch]).map(one => ({ ...one, changes: [{ projectId: 1, issueId: 'a', kind, title: '', level: 'error' }] }))
  return {
    mesh,
    times,
    news,
    committed,
    begin: () => commit([batch]),
    succeed: (result: CommittedBatch[]) => {
      now += 7
      database.last().succeed(result)
    },
    fail: (error: Error) => database.last().fail(error)
  }
}

t.test('returns what was committed, measured and told', async t => {
  const { begin, succeed, committed, times, news } = world(t)
  const result = committed('updated')
  const ended = begin()
  t.same(news, [], 'not before it is committed')
  succeed(result)
  t.equal(await ended, result)
  t.same(times, [7])
  t.same(news, [{ type: 'committed', batches: result }])
})

t.test('wakes the evaluator for news, and not for one more event of a known issue', async t => {
  const { mesh, begin, succeed, committed } = world(t)
  const hints = inbox<AlertEvaluatorMessage>(mesh, evaluator)
  for (const kind of ['updated', 'created'] as const) {
    const ended = begin()
    succeed(committed(kind))
    await ended
    await quiet(mesh)
    t.same(hints.take(), kind === 'created' ? [{ type: 'hint' }] : [], kind)
  }
})

t.test('a node without an evaluator sends no hint into the void', async t => {
  const { mesh, begin, succeed, committed } = world(t)
  const ended = begin()
  succeed(committed('created'))
  await ended
  await quiet(mesh)
  t.equal(mesh.deadLetters(), 0)
})

t.test('a commit that fails is followed by nothing', async t => {
  const { mesh, begin, fail, times, news } = world(t)
  const hints = inbox<AlertEvaluatorMessage>(mesh, evaluator)
  const ended = begin()
  fail(new Error('away'))
  await t.rejects(ended, { message: 'away' })
  await quiet(mesh)
  t.same([times, news, hints.mail], [[], [], []])
})
