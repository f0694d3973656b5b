// Goal: the SDK of OpenTelemetry for Node.js, as it is, sends exceptions of spans and of logs in both encodings.
// Method: a service that has it runs in a process of its own against a whole node; what is stored is looked at.
import path from 'node:path'
import t from 'tap'
import { projectId, publicKey, sentryNode } from '../sentry/support.ts'
import { ran } from '../support/build-tools.ts'
import { testPackages } from '../support/packages.ts'

const folder = path.dirname(testPackages('opentelemetry'))
const client = path.join(folder, 'client.mjs')
const node = await sentryNode(t)

type Stored = { message: string; level: string; release: string; environment: string; culprit: string }

for (const protocol of ['http/json', 'http/protobuf']) {
  t.test(protocol, async t => {
    const { code, output } = await ran(process.execPath, ['client.mjs', protocol], {
      cwd: folder,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: node.url,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${publicKey}`,
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=shop,service.version=1.4.0,deployment.environment.name=staging'
      }
    })
    t.equal(output, '', 'the SDK has nothing to complain about')
    t.equal(code, 0)
    const events = await node.sql<Stored[]>`
      select e.message, e.level, e.release, e.environment, e.culprit from events e
      where e.project_id = ${projectId} and e.message like ${`%${protocol}`} order by e.level`
    const common = { release: '1.4.0', environment: 'staging' }
    t.same(events, [
      { ...common, message: `RangeError: cannot pay by ${protocol}`, level: 'error', culprit: '/pay/:id' },
      { ...common, message: `Checkout failed\nTypeError: cannot log by ${protocol}`, level: 'fatal', culprit: client }
    ])
  })
}
