// Goal: names that ProGuard or R8 shortened are those of the sources again, inlined code becomes frames, and what a
// mapping does not tell stays. Method: mappings in the documented form, written by hand; one is uploaded as sentry-cli
// does it, and events are sent as the SDK for Android does it.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { classMapOf, originalClass, originalMethods } from '../../events/symbolication/class-map.ts'
import { mappingOfClasses } from '../../services/artifacts/lookup.ts'
import { apiUnderTest } from '../support/api.ts'
import { buildTools, ran } from '../support/build-tools.ts'

const text = `# compiler: R8
# {"id":"com.android.tools.r8.mapping","version":"2.2"}
com.example.shop.Cart -> a.a:
# {"id":"sourceFile","fileName":"Cart.kt"}
    java.util.List items -> a
    1:1:void <init>():10:10 -> <init>
    1:4:int total(java.util.List):20:23 -> a
    5:5:int com.example.shop.Price.of(com.example.shop.Item):7:7 -> a
    5:5:int total(java.util.List):24 -> a
    6:6:void lambda$pay$0():0:0 -> a
    # {"id":"com.android.tools.r8.synthesized"}
    6:6:void pay():31:31 -> a
    void close() -> b
    void open() -> c
    void open(int) -> c
    void read() -> d
    void write() -> d
com.example.shop.PriceException -> a.b:
com.example.shop.Cart$Item -> a.aa:
    1:1:void drop():50 -> a
not a class
    1:x:void broken( -> e
Main -> b:\r
`
const map = classMapOf(Buffer.from(text))
const at = (method: string, line: number, className = 'a.a') =>
  originalMethods(map, className, method, line).map(({ className, method, line, file }) =>
    `${className}.${method} ${file}:${line}`.replace('com.example.shop.', '')
  )

t.test('classes are found by their shortened names', async t => {
  t.equal(originalClass(map, 'a.a'), 'com.example.shop.Cart')
  t.equal(originalClass(map, 'a.aa'), 'com.example.shop.Cart$Item')
  t.equal(originalClass(map, 'a.b'), 'com.example.shop.PriceException')
  t.equal(originalClass(map, 'b'), 'Main', 'with the line ends of Windows')
  for (const name of ['', 'a', 'a.', 'a.ab', 'z', 'com.example.shop.Cart', '__proto__']) {
    t.equal(originalClass(map, name), null, name)
  }
  t.throws(() => classMapOf(Buffer.from('no mapping\n    void a() -> b\n')))
  t.throws(() => classMapOf(Buffer.alloc(0)))
})

t.test('methods are told apart by lines, and inlined ones come with their callers', async t => {
  t.same(at('a', 3), ['Cart.total Cart.kt:22'])
  t.same(at('a', 5), ['Price.of Price.kt:7', 'Cart.total Cart.kt:24'])
  t.same(at('a', 6), ['Cart.pay Cart.kt:31'], 'without what the compiler has made')
  t.same(at('<init>', 1), ['Cart.<init> Cart.kt:10'])
  t.same(at('b', 9), ['Cart.close Cart.kt:9'], 'without lines the one that was sent stays')
  t.same(at('c', 0), ['Cart.open Cart.kt:0'], 'overloads have one name')
  t.same(at('d', 0), [], 'these have two')
  t.same(at('a', 99), [], 'a line of another build')
  t.same(at('e', 1), [])
  t.same(at('a', 1, 'a.aa'), ['Cart$Item.drop Cart.java:50'])
  t.same(at('a', 1, 'z'), [])
})

t.test('a large mapping is read in little time, and a poisoned one too', async t => {
  const classes = Array.from(
    { length: 20_000 },
    (_, index) => `com.shop.C${index} -> a.c${index}:\n    void a() -> a\n`
  )
  const large = classMapOf(Buffer.from(classes.join('')))
  t.equal(originalClass(large, 'a.c19999'), 'com.shop.C19999')
  t.equal(originalClass(large, 'a.c0'), 'com.shop.C0')
  const poison = classMapOf(Buffer.from(`A -> b:\n    ${'('.repeat(500_000)} -> a\n    ${'1:'.repeat(250_000)}\n`))
  t.same(originalMethods(poison, 'b', 'a', 1), [])
})

const tools = buildTools()
t.test('an upload of sentry-cli maps events of Android', { skip: 'skip' in tools ? tools.skip : false }, async t => {
  if ('skip' in tools) return
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-mapping-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'mapping.txt')
  fs.writeFileSync(file, text)
  const node = await apiUnderTest(t)
  const owner = await node.user('owner')
  const token = (await owner.withToken(['ci'])).credential.authorization?.slice('Bearer '.length) ?? ''
  const cli = path.join(tools.folder, 'node_modules/sentry-cli-3/bin/sentry-cli')
  const uuid = execFileSync(cli, ['debug-files', 'check', '--json', file], { encoding: 'utf8' })
  const [id = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(uuid) ?? []
  let sent = 0

  async function culprit(): Promise<Record<string, unknown>> {
    const eventId = String(++sent).padStart(32, '0')
    const response = await fetch(`${node.url}/api/${node.projectId}/store/?sentry_key=${node.key}`, {
      method: 'POST',
      body: JSON.stringify({
        event_id: eventId,
        platform: 'java',
        exception: {
          values: [
            {
              type: 'b',
              module: 'a',
              value: 'no price',
              stacktrace: {
                frames: [
                  { module: 'android.app.Activity', function: 'onCreate', filename: 'Activity.java', in_app: false },
                  { module: 'a.a', function: 'a', filename: 'SourceFile', lineno: 5, in_app: true }
                ]
              }
            }
          ]
        },
        debug_meta: { images: [{ type: 'proguard', uuid: id }] }
      })
    })
    t.equal(response.status, 200)
    const [row] = await node.sql<{ id: string }[]>`select id from event_keys where event_id = ${eventId}`
    return (await owner.get(`/api/v1/events/${row?.id ?? ''}`)).body
  }

  const before = await culprit()
  t.match(JSON.stringify(before), /"unmapped":"no_mapping"/)
  const { code, output } = await ran(cli, ['upload-proguard', file], {
    cwd: folder,
    env: { SENTRY_URL: node.url, SENTRY_AUTH_TOKEN: token, SENTRY_ORG: 'default', SENTRY_PROJECT: 'default' }
  })
  t.equal(code, 0, output)
  // Assembling takes a moment, and so does telling nodes of it.
  for (;;) {
    const detail = await culprit()
    if (detail.culprit === before.culprit) continue
    t.match(detail, {
      title: 'PriceException: no price',
      culprit: /com\.example\.shop\.Price/,
      exception: {
        values: [
          {
            type: 'PriceException',
            module: 'com.example.shop',
            stacktrace: {
              frames: [
                { module: 'android.app.Activity', function: 'onCreate' },
                { module: 'com.example.shop.Cart', function: 'total', filename: 'Cart.kt', lineno: 24, in_app: true },
                { module: 'com.example.shop.Price', function: 'of', filename: 'Price.kt', lineno: 7 }
              ]
            }
          }
        ]
      }
    })
    break
  }
  const older = path.join(tools.folder, 'node_modules/sentry-cli-2.58/bin/sentry-cli')
  const second = await ran(older, ['upload-proguard', '--uuid', '6dc7fdb0-d2fb-4c8e-9d6b-bb1aa98929b1', file], {
    cwd: folder,
    env: { SENTRY_URL: node.url, SENTRY_AUTH_TOKEN: token, SENTRY_ORG: 'default', SENTRY_PROJECT: 'default' }
  })
  t.match(second, { code: 0, output: /6dc7fdb0-d2fb-4c8e-9d6b-bb1aa98929b1/ })
  t.not(await mappingOfClasses(node.sql, node.projectId, '6dc7fdb0-d2fb-4c8e-9d6b-bb1aa98929b1'), null)
  const late = await owner.get(`/api/v1/events/${String(before.id)}`)
  t.match(late.body, { mapped_when_read: true, exception: { values: [{ type: 'PriceException' }] } })
})
