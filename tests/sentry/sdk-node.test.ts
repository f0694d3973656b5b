// Goal: unmodified SDKs of every supported version of @sentry/node work: they log no complaint, and everything that
// they send arrives. Method: each runs in a process of its own with `debug: true` against a whole node; the test checks
// its log and what is stored.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Finished, Scenario } from './clients/messages.ts'
import type { StoredPayloadColumns } from '../../services/events/payloads.ts'
import { parsedPayload } from '../support/payloads.ts'
import { testPackages } from '../support/packages.ts'
import { execArgv, extension } from '../support/program.ts'
import { limitedProject, publicKey, sentryNode } from './support.ts'

testPackages('sentry')
const node = await sentryNode(t)
const program = fileURLToPath(new URL(`clients/node-client${extension}`, import.meta.url))
const versions = ['8', '9', '10', '11']

type Run = { finished: Finished | undefined; output: string; code: number | null }

async function run(version: string, scenario: Scenario, dsn = node.dsn): Promise<Run> {
  const child = fork(program, [version, dsn, scenario], {
    execArgv,
    env: { ...process.env, NODE_OPTIONS: '' },
    silent: true
  })
  const result: Run = { finished: undefined, output: '', code: null }
  child.stdout?.on('data', chunk => {
    result.output += String(chunk)
  })
  child.stderr?.on('data', chunk => {
    result.output += String(chunk)
  })
  child.on('message', (message: Finished) => {
    result.finished = message
  })
  const [code] = await once(child, 'close')
  return { ...result, code }
}

function complaints(output: string): string[] {
  return output.split('\n').filter(line => /Sentry Logger \[(?:warn|error)\]/i.test(line))
}

for (const version of versions) {
  t.test(
    `version ${version} sends exceptions, messages, rejections, attachments, feedback and all the rest`,
    async t => {
      const { finished, output } = await run(version, 'everything')
      t.same(complaints(output), [], 'the SDK has nothing to complain about')
      t.match(output, /Sentry Logger \[log\]/, 'and it was asked')
      t.equal(finished?.closed, true, 'everything was sent before the end')
      t.ok((finished?.statuses.length ?? 0) >= 5)
      t.ok(
        finished?.statuses.every(status => status === 200),
        'every event was taken'
      )
      const { exception, message, attachment, rejection, big, feedback } = finished?.ids ?? {}

      t.match(await node.stored(exception ?? ''), {
        release: 'shop@1.2.3',
        environment: 'staging',
        level: 'error',
        payload: {
          event_id: exception,
          user: { id: '17', email: 'ann@example.com' },
          tags: { plan: 'team', retries: '3', beta: 'true' },
          exception: {
            values: [
              { type: 'Error', value: 'the cause' },
              { type: 'TypeError', value: 'cannot read the order', stacktrace: { frames: Array } }
            ]
          },
          sdk: { name: 'sentry.javascript.node', version: new RegExp(`^${version}\\.`) }
        }
      })
      const crumbs = (await node.stored(exception ?? ''))?.payload.breadcrumbs
      t.match(
        crumbs,
        Array.isArray(crumbs)
          ? crumbs.map((_, index) =>
              index === crumbs.length - 1 ? { category: 'cart', message: 'added an item' } : {}
            )
          : []
      )
      t.match(await node.stored(message ?? ''), { level: 'warning', title: 'a message' })
      t.match(await node.stored(attachment ?? ''), {
        payload: { exception: { values: [{ value: 'with attachments' }] } }
      })
      t.match(await node.stored(rejection ?? ''), {
        payload: { exception: { values: [{ type: 'RangeError', mechanism: { handled: false } }] } }
      })
      t.match(await node.stored(big ?? ''), { payload: { extra: { rows: Array } } })
      const said = await node.sql`
          select name, email, message from user_feedback where replace(event_id::text, '-', '') = ${exception ?? ''}`
      t.same(
        said.map(row => ({ ...row })),
        [{ name: 'Ann', email: 'ann@example.com', message: 'It broke' }],
        `feedback ${feedback}`
      )
    }
  )

  t.test(`version ${version} sends the error that ends the process before it ends`, async t => {
    const { output, code } = await run(version, 'uncaught')
    t.same(complaints(output), [])
    t.equal(code, 1)
    const [row] = await node.sql<({ level: string } & StoredPayloadColumns)[]>`
      select e.level, e.payload::text as payload, e.packed from events e
      where e.message like '%uncaught in the client' order by id desc limit 1`
    t.equal(row?.level, 'fatal')
    t.match(row && parsedPayload(row).sdk.version, new RegExp(`^${version}\\.`))
  })

  t.test(
    `version ${version} keeps its events back while the limit of the project is used up, and sends again after that`,
    async t => {
      const key = publicKey.replace(/^../, version.padStart(2, '0'))
      const id = await limitedProject(node, { name: `Limited ${version}`, key, ratePerMinute: 30 })
      const bulk = await node.post(
        `/api/v1/events/bulk?key=${key}`,
        JSON.stringify(Array.from({ length: 31 }, () => ({ message: 'uses the limit up' })))
      )
      t.equal(bulk.status, 202)

      const { finished } = await run(
        version,
        'rate_limited',
        node.dsn.replace(publicKey, key).replace(/\d+$/, String(id))
      )
      const statuses = finished?.statuses ?? []
      t.ok(statuses.includes(429), `it was told to wait: ${statuses.join(', ')}`)
      t.equal(statuses.at(-1), 200, 'it sends again')
      const refused = statuses.filter(status => status === 429).length
      const keptBack = Object.keys(finished?.ids ?? {}).length - statuses.length
      t.ok(keptBack > refused, `${keptBack} events were kept back, ${refused} refused`)
    }
  )
}
