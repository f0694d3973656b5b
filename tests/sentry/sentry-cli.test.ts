// Goal: sentry-cli works with Mesher as it is, in the versions that people and plugins run: what it is told is stored,
// and its errors say what Mesher says. Method: the real programs run against a node; the database is looked at.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import t from 'tap'
import { artifactByDebugId, artifactByUrl } from '../../services/artifacts/lookup.ts'
import { apiUnderTest } from '../support/api.ts'
import { buildTools, ran, type Ran } from '../support/build-tools.ts'

const tools = buildTools()
const skip = 'skip' in tools ? tools.skip : false
const versions = ['sentry-cli-2.39', 'sentry-cli-2.58', 'sentry-cli-3']
const debugId = '0b71b3a8-3e2c-4d1c-9c1f-3f3f8f5f9a11'

const script = `function t(){throw new Error("x")}t();\n//# sourceMappingURL=app.js.map\n`
const map = JSON.stringify({
  version: 3,
  sources: ['../src/app.ts'],
  sourcesContent: ['export function pay () {\n  throw new Error("x")\n}\n'],
  names: ['pay'],
  mappings: 'AAAA,SAASA'
})

/** More than 17 MB where it is packed into an archive, which versions 2 send in one request. */
const noise = randomBytes(18_000_000).toString('base64').replaceAll(/.{76}/g, '# $&\n')
const largeMapping = `com.shop.Cart -> a.a:\n    1:2:void pay():3:4 -> a\n${noise}\n`

/** A folder with a repository of one commit and a build. */
function workFolder(t: { teardown: (work: () => void) => void }): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesher-cli-'))
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }))
  fs.mkdirSync(path.join(folder, 'src'))
  fs.mkdirSync(path.join(folder, 'dist/assets'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'src/app.ts'), 'export function pay () {}\n')
  fs.writeFileSync(path.join(folder, 'dist/assets/app.js'), script)
  fs.writeFileSync(path.join(folder, 'dist/assets/app.js.map'), map)
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...parameters], { cwd: folder })
  git('init', '-q')
  git('add', 'src')
  git('commit', '-q', '-m', 'Pay')
  git('remote', 'add', 'origin', 'https://git.example.com/acme/shop.git')
  return folder
}

for (const version of versions) {
  t.test(version, { skip }, async t => {
    if ('skip' in tools) return
    const api = await apiUnderTest(t)
    const owner = await api.user('owner')
    const token = (await owner.withToken(['ci', 'write'])).credential.authorization?.slice('Bearer '.length) ?? ''
    const { project } = api.running
    const cwd = workFolder(t)
    const program = path.join(tools.folder, 'node_modules', version, 'bin/sentry-cli')
    const isOld = version !== 'sentry-cli-3'
    const env = {
      SENTRY_URL: api.url,
      SENTRY_AUTH_TOKEN: token,
      SENTRY_ORG: 'default',
      SENTRY_PROJECT: project.slug,
      SENTRY_DSN: `http://${api.key}@127.0.0.1:${api.port}/${api.projectId}`,
      SENTRY_DISABLE_UPDATE_CHECK: '1'
    }
    const cli = (...parameters: string[]): Promise<Ran> => ran(program, parameters, { cwd, env })
    const succeeds = async (...parameters: string[]): Promise<string> => {
      const { code, output } = await cli(...parameters)
      t.equal(code, 0, `${parameters.join(' ')}: ${output}`)
      return output
    }

    t.match(await succeeds('info'), /default[\s\S]*default/i)
    t.match(await ran(program, ['login', '--auth-token', token], { cwd, env, input: '\n' }), { code: 0 })
    await succeeds('releases', 'new', 'web@1')
    await succeeds('releases', 'new', 'web@1')
    await succeeds('releases', 'set-commits', 'web@1', '--local')
    await succeeds('releases', 'finalize', 'web@1')
    await succeeds('releases', 'list')
    t.match(await succeeds('releases', 'info', 'web@1'), /web@1/)
    t.match(
      await api.sql`select status, released_at is not null as is_released from releases where release = 'web@1'`,
      [{ status: 'open', is_released: true }]
    )
    t.match(await api.sql`select message, author_email, files from release_commits`, [
      { message: /^Pay/, author_email: 'ada@example.com', files: [{ path: 'src/app.ts', type: 'A' }] }
    ])
    await succeeds('releases', 'archive', 'web@1')
    t.match(await api.sql`select status from releases`, [{ status: 'archived' }])
    await succeeds('releases', 'restore', 'web@1')

    const deploys = isOld ? ['releases', 'deploys', 'web@1'] : ['deploys']
    await succeeds(...deploys, 'new', '-e', 'production', ...(isOld ? [] : ['--release', 'web@1']))
    t.match(await succeeds(...deploys, 'list', ...(isOld ? [] : ['--release', 'web@1'])), /production/)

    await succeeds('sourcemaps', 'upload', '--release', 'web@1', '--url-prefix', '~/', 'dist')
    await succeeds('sourcemaps', 'upload', '--wait', '--release', 'web@1', '--dist', '7', '--url-prefix', '~/', 'dist')
    t.match(
      await artifactByUrl(api.sql, api.projectId, {
        release: 'web@1',
        dist: '7',
        url: 'https://shop.example.com/assets/app.js'
      }),
      { script: { mapUrl: '~/assets/app.js.map' }, map: { url: '~/assets/app.js.map' } }
    )
    await succeeds('sourcemaps', 'inject', 'dist')
    await succeeds('sourcemaps', 'upload', '--wait', 'dist')
    const injected = /debugId=([0-9a-f-]{36})/.exec(fs.readFileSync(path.join(cwd, 'dist/assets/app.js'), 'utf8'))?.[1]
    t.match(await artifactByDebugId(api.sql, api.projectId, injected ?? debugId), { script: {}, map: {} })

    if (isOld) {
      fs.writeFileSync(path.join(cwd, 'mapping.txt'), largeMapping)
      t.match(await succeeds('upload-proguard', 'mapping.txt'), /[0-9a-f]{8}-[0-9a-f-]{27}/)
      t.match(
        await api.sql`select f.bytes from artifact_files f join artifact_entries e using (project_id, sha1)
        where e.url like '/proguard/%'`,
        [{ bytes: String(largeMapping.length) }]
      )
    }

    await succeeds('send-event', '-m', 'from the command line', '-r', 'web@1')
    await succeeds('monitors', 'run', 'nightly', '--', 'true')
    await succeeds('monitors', 'list')
    t.match(await succeeds('repos', 'list'), /No repos/)
    await succeeds('issues', 'list')
    t.match(await succeeds('events', 'list'), /from the command line/)
    await succeeds('issues', 'resolve', '--all')
    t.same(await api.sql`select distinct status from issues`, [{ status: 'resolved' }])
    t.match(await cli('releases', 'info', 'none@9'), { code: 1 })

    await succeeds('releases', 'delete', 'web@1')
    t.same(await api.sql`select release from releases`, [])
    const refused = await ran(program, ['releases', 'list'], { cwd, env: { ...env, SENTRY_AUTH_TOKEN: 'mshr_wrong' } })
    t.equal(refused.code, 1)
    t.match(refused.output, /401|Log in/)
  })
}
