// Goal: real traffic of real SDKs is answered and stored as their makers expect. Method: every captured request is sent
// byte by byte to a whole node; a table has the expected result of the requests that carry an event.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { captureNames, sentryNode } from './support.ts'

type Expected = { title: string; level?: string; id?: string }

const expected: Readonly<Record<string, Expected>> = {
  'node11-exception-02': {
    title: 'TypeError: Cannot read order 8812 of user 7f000001-1111-4222-8333-444455556666',
    id: '95baecdce87942f4a1a163e47ececdd3'
  },
  'node11-aggregate-02': { title: 'AggregateError: many' },
  'node11-attachment-02': { title: 'Error: with attachment' },
  'node11-big-02': { title: 'Error: with attachment' },
  'node11-cause-02': { title: 'Error: wrap' },
  'node11-fingerprint-02': { title: 'Error: fp', level: 'fatal' },
  'node11-http-01': { title: 'TypeError: Cannot read order' },
  'node11-message-02': { title: 'Hello from node', level: 'warning' },
  'node11-nonerror-02': { title: 'Error: just a string' },
  'node11-nonerror-03': { title: 'Error: ' },
  'node11-parameterized-02': { title: 'order 8812 failed for ann' },
  'node11-rejection-02': { title: 'Error: unhandled rejection boom' },
  'node11-uncaught-02': { title: 'Error: uncaught boom', level: 'fatal' },
  'node11-tracing-03': { title: 'Error: in span' },
  'php-cause-01': { title: 'LogicException: wrapped' },
  'php-exception-01': { title: 'RuntimeException: order 8812 failed' },
  'php-message-01': { title: 'hello php', level: 'warning' },
  'py-attach-01': { title: 'att', level: 'info' },
  'py-brotli-01': { title: 'ZeroDivisionError: division by zero' },
  'py-chained-01': { title: 'ValueError: wrapped' },
  'py-exception-01': { title: 'ZeroDivisionError: division by zero' },
  'py-group-01': { title: 'ExceptionGroup: grp' },
  'py-logging-01': { title: 'order 8812 failed for ann' },
  'py-message-01': { title: 'hello py', level: 'warning' },
  'py-nan-01': { title: 'nan', level: 'info' },
  'py-uncaught-01': { title: 'RuntimeError: uncaught py' },
  'web11-attach-03': { title: 'Error: att' },
  'web11-exception-03': { title: 'TypeError: web boom' },
  'web11-message-03': { title: 'hello web', level: 'info' },
  'web11-onerror-03': { title: 'ReferenceError: undefinedFn is not defined' },
  'web11-rejection-03': { title: 'RangeError: web rejection' },
  'web11-replay-03': { title: 'TypeError: web boom' },
  'web11-tracing-03': { title: 'TypeError: web boom' }
}

/** Requests without an event whose envelope still has an id; all others are answered with an empty object. */
const ids: Readonly<Record<string, string>> = {
  'node11-feedback-01': '06dc8a8f6283431f80e4481c76a05c4a',
  'py-txn-01': '7a5fae01c5094f5fae249a0f135cfe6c',
  'web11-replay-04': 'dc9b4ac8992146dbbae3d48c6c0c7b6e'
}

/** Items other than events, counted over all captures. */
const counted: Readonly<Record<string, number>> = {
  'client_discarded no_parent_span:span': 1,
  'ignored attachment': 3,
  'ignored check_in': 2,
  'ignored log': 1,
  'ignored replay_event': 1,
  'ignored replay_recording': 1,
  'ignored session': 26,
  'ignored sessions': 1,
  'ignored span': 18,
  'ignored trace_metric': 1,
  'ignored transaction': 1,
  'refused too_large': 1
}

const node = await sentryNode(t)

t.test('every captured request gets the answer its SDK wants, and its event is stored under its own id', async t => {
  for (const name of captureNames()) {
    const { status, head, body } = await node.replay(name)
    t.match(head, /access-control-allow-origin: \*/i, `${name} may be read by pages`)
    const event = expected[name]
    if (name.startsWith('web11-headers')) {
      t.equal(status, 204, name)
      for (const header of [
        /access-control-allow-headers: x-custom\r/i,
        /access-control-allow-methods: POST, OPTIONS\r/i,
        /access-control-max-age: 3600(\r|$)/i
      ]) {
        t.match(head, header, name)
      }
    } else if (name === 'php-big-01') {
      t.match({ status, body: JSON.parse(body) }, { status: 413, body: { detail: /1048576 bytes/ } }, name)
    } else if (event === undefined) {
      t.same([status, JSON.parse(body)], [200, ids[name] === undefined ? {} : { id: ids[name] }], name)
    } else {
      t.equal(status, 200, name)
      const id = String(JSON.parse(body).id)
      t.match(id, event.id ?? /^[0-9a-f]{32}$/, name)
      const stored = await node.stored(id)
      t.match(stored, { level: event.level ?? String, payload: { event_id: id } }, name)
      const [row] = await node.sql<
        { title: string }[]
      >`select i.title from events e join issues i on i.id = e.issue_id where e.id = ${stored?.id ?? ''}`
      t.ok(row?.title.startsWith(event.title), `${name}: ${row?.title ?? 'nothing'}`)
    }
  }
})

t.test('nothing else is stored', async t => {
  const [row] = await node.sql<{ count: number }[]>`select count(*)::int as count from events where project_id = 42`
  t.equal(row?.count, Object.keys(expected).length)
})

t.test('everything that was not kept is counted for the project', async t => {
  const read = async (): Promise<Record<string, number>> => {
    const rows = await node.sql<{ name: string; count: number }[]>`
      select outcome || ' ' || reason as name, sum(count)::int as count from outcome_hours
      where project_id = 42 and outcome in ('ignored', 'client_discarded', 'refused') group by 1`
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
  }
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0)
  // Counters are written a few seconds later.
  while (sum(await read()) < sum(counted)) await sleep(50)
  t.same(await read(), counted)
})

t.test('sending everything once more changes nothing', async t => {
  const before = await node.sql`select id, event_count from issues order by id`
  for (const name of Object.keys(expected)) {
    const { status, body } = await node.replay(name)
    t.match({ status, body }, { status: 200, body: /^\{"id":"[0-9a-f]{32}"\}$/ }, name)
  }
  t.same([...(await node.sql`select id, event_count from issues order by id`)], [...before])
})

t.test('an exception of Node.js arrives with everything that the SDK sent', async t => {
  const stored = await node.stored(JSON.parse((await node.replay('node11-exception-02')).body).id)
  t.match(stored?.payload, {
    platform: 'node',
    sdk: { name: 'sentry.javascript.node', version: '11.12.0' },
    exception: {
      values: [{ type: 'TypeError', mechanism: { type: String, handled: true }, stacktrace: { frames: Array } }]
    },
    breadcrumbs: [{ timestamp: Number }],
    contexts: { runtime: { name: 'node' }, trace: { trace_id: String } },
    modules: {},
    release: stored?.release,
    environment: stored?.environment
  })
  t.match(stored, { release: /./, environment: /./ })
})

t.test('feedback of users is kept with its event', async t => {
  await node.replay('node11-feedback-01')
  const rows =
    await node.sql`select name, email, message, replace(event_id::text, '-', '') as event_id from user_feedback`
  t.same(
    rows.map(row => ({ ...row })),
    [{ name: 'Ann', email: 'ann@example.com', message: 'It broke', event_id: '0123456789abcdef0123456789abcdef' }]
  )
})
