// Goal: `mesher tail` shows what is committed, resumes after its connection was lost, ends when told, and says why it
// may not look. Method: the program as a child process against a node in this process.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { until } from '../actors/support.ts'
import { apiUnderTest } from '../support/api.ts'
import { runCli, startCli } from './cli.ts'

const api = await apiUnderTest(t)
const { url, key, projectId, sql } = api

async function send(message: string, level = 'error'): Promise<void> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'x-mesher-key': key },
    body: JSON.stringify({ message, level })
  })
  if (response.status !== 202) throw new Error(`not stored: ${response.status}`)
}

function tail(t: Test, ...args: string[]) {
  const child = startCli(['tail', '--url', url, '--json', ...args], {
    cwd: t.testdir(),
    env: { DATABASE_URL: api.databaseUrl }
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    child,
    next: async (): Promise<{ title: string; level: string }> => JSON.parse((await lines.next()).value ?? 'null')
  }
}

/** The first mail of its socket's process is the subscription, which is passed on before what is committed later. */
function isFollowed(): boolean {
  return api.running.mesh
    .processes()
    .some(({ label, handled }) => label.startsWith('dashboard-connection') && handled > 0)
}

t.test('shows events as they are committed, of the levels that were asked for, and ends when told', async t => {
  await api.user('member')
  const { child, next } = tail(t, '--level', 'error')
  await until(isFollowed)
  await send('a note', 'info')
  await send('it broke')
  t.match(await next(), { title: 'it broke', level: 'error', id: String, issue_id: String })
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
  t.same(await sql`select name from api_tokens`, [], 'its token is gone')
})

t.test('without anybody who may see the project, and with a wrong token, it says so', async t => {
  t.match(
    await runCli(['tail', '--url', url, '--token', `mshr_${'x'.repeat(43)}`, '--project', String(projectId)], {
      cwd: t.testdir()
    }),
    { code: 1, stderr: /401/ }
  )
  t.match(await runCli(['tail', '--url', url, '--token', 'any'], { cwd: t.testdir() }), {
    code: 1,
    stderr: /--project/
  })
  const member = await api.user('member')
  const { tokenId, credential } = await member.withToken(['read'])
  t.ok(tokenId)
  t.match(
    await runCli(['tail', '--url', url, '--token', credential.authorization?.slice(7) ?? '', '--project', '999'], {
      cwd: t.testdir()
    }),
    { code: 1, stderr: /no project 999/ }
  )
})
