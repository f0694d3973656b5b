// Goal: an application whose build uploads its source maps shows original files, lines, functions and sources on the
// page of an issue, and the next build, with other names and places, lands in the same issue; whatever keeps a frame
// from being mapped is said there with its remedy. Method: real builds by plugins of bundlers and by sentry-cli, run in
// a browser that sends to the Mesher that they uploaded to; then uploads of which nothing can be made.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { UnmappedReason } from '../../schema/symbolication.ts'
import { createProject, ensureDefaults, type Project } from '../../services/accounts/projects.ts'
import { payloadText, type StoredPayloadColumns } from '../../services/events/payloads.ts'
import type { ApiUser } from '../support/api.ts'
import type { TestNodeOptions } from '../support/running-node.ts'
import { buildTools } from '../support/build-tools.ts'
import { testDatabase } from '../support/database.ts'
import { upload, type UploadedFile } from '../symbolication/support.ts'
import { dashboard, seen, until, type Dashboard } from './support.ts'
import { shop, type Shop } from './source-maps.ts'

const tools = buildTools()
const skip = 'skip' in tools ? tools.skip : false

/** Each line another build: another number of functions before the shop's own code. */
const changed =
  "const more = [1, 2].map(one => one + 1)\nexport const build = () => 'the second one, with more to it' + more\n"

type Reason = {
  files?: Pick<UploadedFile, 'kind' | 'content'>[]
  /** Instead of one of a script. */
  event?: { platform: string; frames: object[] }
  badge: string
  remedy: RegExp
}

/** What is uploaded of a script, and what its page says then. */
const reasons = {
  no_debug_id: { badge: 'no debug id and no release', remedy: /Build with a bundler plugin/ },
  not_uploaded: { badge: 'no source map uploaded', remedy: /Upload it with its map when you build/ },
  no_mapping: {
    event: { platform: 'java', frames: [{ module: 'a.a', function: 'a', lineno: 3, in_app: true }] },
    badge: 'no ProGuard mapping uploaded',
    remedy: /sentry-cli upload-proguard/
  },
  evaluated: {
    event: {
      platform: 'javascript',
      frames: [
        { filename: 'https://shop.example/sdk.js', lineno: 1, colno: 9, in_app: false },
        { filename: 'widget.js', lineno: 1, colno: 9 }
      ]
    },
    badge: 'code made at run time',
    remedy: /Load it from a file that the build makes/
  },
  no_reference: {
    files: [{ kind: 'script', content: 'pay()' }],
    badge: 'uploaded without its map',
    remedy: /Turn source maps on in the bundler/
  },
  not_in_map: {
    files: [{ kind: 'source_map', content: '{"version":3,"sources":[],"names":[],"mappings":""}' }],
    badge: 'place is not in the map',
    remedy: /Upload what is deployed/
  },
  map_broken: {
    files: [{ kind: 'source_map', content: '{"version":3,' }],
    badge: 'source map is broken',
    remedy: /Upload it again from the build/
  },
  map_too_large: {
    files: [{ kind: 'source_map', content: `{"version":3,${' '.repeat(64 * 1024 * 1024)}` }],
    badge: 'source map is too large',
    remedy: /Split the bundle into chunks/
  },
  deadline: {
    files: [{ kind: 'source_map', content: '{"version":3,"sources":["slow.js"],"names":[],"mappings":"AAAA"}' }],
    badge: 'source map was not ready in time',
    remedy: /Open the event again in a moment/
  }
} satisfies Record<UnmappedReason, Reason>

const patienceMs = 120_000
const cli = 'sentry-cli-3/bin/sentry-cli'
const builds: Readonly<Record<string, (shop: Shop) => Promise<unknown>>> = {
  Vite: ({ run }) => run('.bin/vite', 'build'),
  webpack: ({ run }) => run('node', 'webpack.mjs'),
  Rollup: ({ run }) => run('.bin/rollup', '-c', 'rollup.config.mjs'),
  esbuild: ({ run }) => run('node', 'esbuild.mjs'),
  'sentry-cli': async ({ run }) => {
    await run('node', 'esbuild.mjs', 'without-plugin')
    await run(cli, 'sourcemaps', 'inject', 'dist')
    await run(cli, 'sourcemaps', 'upload', '--wait', 'dist')
  }
}

/** Until events are mapped by what was uploaded last: nodes learn of it within some seconds. */
async function known({ sql, url }: Dashboard, { id, publicKey }: Project): Promise<void> {
  await until(async () => {
    const [script] = await sql<{ debug_id: string }[]>`
      select e.debug_id from artifact_entries e join artifact_bundles b on b.id = e.bundle_id
      where e.project_id = ${id} and e.kind = 'script' and b.state = 'ok' and b.uploaded_at = (
        select max(uploaded_at) from artifact_bundles where project_id = ${id})`
    if (script === undefined) return false
    const file = 'https://shop.example/probe.js'
    await fetch(`${url}/api/${id}/store/?sentry_key=${publicKey}`, {
      method: 'POST',
      body: JSON.stringify({
        platform: 'javascript',
        fingerprint: ['probe'],
        exception: {
          values: [{ type: 'Probe', stacktrace: { frames: [{ filename: file, lineno: 15, colno: 99999 }] } }]
        },
        debug_meta: { images: [{ type: 'sourcemap', code_file: file, debug_id: script.debug_id }] }
      })
    })
    const [probe] = await sql<StoredPayloadColumns[]>`
      select payload, packed from events where project_id = ${id} order by id desc limit 1`
    return probe !== undefined && /"sourcemap":|"not_in_map"/.test(payloadText(probe))
  })
}

type Thrown = { id: string; issueId: string }

/** Opens the shop, presses its button, and waits for the event. */
async function thrown({ sql, visit, port }: Dashboard, { id, publicKey }: Project, url: string): Promise<Thrown> {
  const dsn = `http://${publicKey}@127.0.0.1:${port}/${id}`
  const { page } = await visit(`?dsn=${encodeURIComponent(dsn)}`, { at: url })
  await page.getByRole('button', { name: 'Pay' }).click()
  assert.equal(await page.evaluate('sent()'), true, 'the SDK has sent it')
  await page.context().close()
  const [event] = await sql<Thrown[]>`
    select id, issue_id as "issueId" from events where project_id = ${id} order by id desc limit 1`
  assert(event, 'it is stored')
  return event
}

async function showsSource({ visit }: Dashboard, { credential }: ApiUser, address: string, t: Test): Promise<void> {
  const { page, complaints } = await visit(address, { credential })
  const trace = page.getByRole('region', { name: 'Stack trace' })
  await seen(trace.getByText('const discount = item.discounts[0].percent'))
  const text = (await trace.innerText()).replaceAll(/\s+/g, ' ')
  t.match(text, /priceOf src\/price\.js:3 in app 1 \/\*\* What an item costs/)
  t.same(complaints, [])
  await page.context().close()
}

/** No machine is so slow that a map is not awaited. */
function patient(patience = { isOn: true }): NonNullable<TestNodeOptions['override']> {
  return deps => {
    const { find, load } = deps.symbols
    const patientLoad: typeof load = async (scope, places, deadlineMs) =>
      await load(scope, places, patience.isOn ? patienceMs : deadlineMs)
    return { ...deps, symbols: { find, load: patientLoad } }
  }
}

t.test('builds of all tools', { skip }, async t => {
  if ('skip' in tools) return
  const mesher = await dashboard(t, { override: patient() })
  const owner = await mesher.user('owner', { name: 'Ada' })
  const token = (await owner.withToken(['ci'])).credential.authorization?.slice('Bearer '.length) ?? ''

  for (const [name, build] of Object.entries(builds)) {
    t.test(name, async t => {
      const project = await createProject(mesher.sql, { name: `Shop of ${name}` })
      const built = await shop(t, tools.folder, {
        SENTRY_URL: mesher.url,
        SENTRY_AUTH_TOKEN: token,
        SENTRY_ORG: 'default',
        SENTRY_PROJECT: project.slug,
        SENTRY_RELEASE: 'web@1',
        SENTRY_DISABLE_UPDATE_CHECK: '1'
      })
      await build(built)
      await known(mesher, project)
      const scripts = built.scripts()
      const first = await thrown(mesher, project, built.url)
      await showsSource(mesher, owner, `/default/${project.slug}/issues/${first.issueId}`, t)

      built.change(changed)
      await build(built)
      await known(mesher, project)
      t.not(built.scripts().join(' '), scripts.join(' '), 'the scripts have other names')
      const second = await thrown(mesher, project, built.url)
      t.not(second.id, first.id)
      t.equal(second.issueId, first.issueId, 'it is the same issue')
    })
  }
})

t.test('the page of an issue says why a frame is not mapped, and what to do about it', async t => {
  const ids = new Map(Object.keys(reasons).map(reason => [reason, randomUUID()]))
  const database = await testDatabase(t)
  const { id: projectId } = await ensureDefaults(database.sql)
  for (const [reason, { files = [] }] of Object.entries<Reason>(reasons)) {
    const debugId = ids.get(reason) ?? ''
    await upload(
      database.sql,
      projectId,
      files.map((file, index) => ({ ...file, url: `~/${index}`, debugId }))
    )
  }
  const patience = { isOn: true }
  const mesher = await dashboard(t, { database, override: patient(patience) })
  const owner = await mesher.user('owner', { name: 'Ada' })

  async function says([reason, { event: sent, badge, remedy }]: readonly [string, Reason]): Promise<void> {
    const file = `https://shop.example/${reason}.js`
    const image = { type: 'sourcemap', code_file: file, debug_id: ids.get(reason) }
    const frames = sent?.frames ?? [{ filename: file, lineno: 1, colno: 9 }]
    const images = reason === 'no_mapping' ? [{ type: 'proguard', uuid: ids.get(reason) }] : [image]
    const [id = ''] = await mesher.send({
      platform: sent?.platform ?? 'javascript',
      exception: { type: 'TypeError', value: reason, stacktrace: { frames } },
      debug_meta: { images: reason === 'no_debug_id' ? [] : images }
    })
    const [event] = await mesher.sql<{ issue_id: string }[]>`select issue_id from events where id = ${id}`
    const { page, complaints } = await mesher.visit(`/default/default/issues/${event?.issue_id}`, owner)
    const trace = page.getByRole('region', { name: 'Stack trace' })
    await seen(trace.getByText(badge, { exact: true }))
    t.match(await trace.innerText(), remedy, reason)
    t.same(complaints, [])
    await page.context().close()
  }

  for (const reason of Object.entries(reasons).filter(([name]) => name !== 'deadline')) await says(reason)
  patience.isOn = false
  await database.sql.begin(async sql => {
    await sql`lock table artifact_entries in access exclusive mode`
    await says(['deadline', reasons.deadline])
  })
})
