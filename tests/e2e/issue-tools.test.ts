// Goal: the stack is read in either order, its variables are searched, a frame opens in the editor; a similar issue is
// merged in one step; times are those of the chosen zone; the palette acts on the issue and finds people, releases and
// settings. Method: a browser before a whole server, with errors as an SDK sends them.
import t from 'tap'
import { dashboard, gone, seen, until } from './support.ts'

const frame = (name: string, line: number, vars: object = {}) => ({
  function: name,
  filename: `src/${name}.ts`,
  lineno: line,
  in_app: true,
  context_line: `  return ${name}()`,
  vars
})
const failure = (message: string, first: string) => ({
  level: 'error',
  release: 'shop@1.4.0',
  user: { id: '17', email: 'ann@example.com' },
  exception: {
    values: [
      {
        type: 'TypeError',
        value: message,
        stacktrace: { frames: [frame(first, 1), frame('add', 20, { basket: { owner: 'Ann' } }), frame('total', 30)] }
      }
    ]
  }
})

t.test('tools of an issue', async t => {
  const { visit, send, user, sql } = await dashboard(t)
  const { credential } = await user('owner', { name: 'Ada Lovelace' })
  await send(failure('total of undefined', 'main'), failure('total of null', 'job'))
  const [own] = await sql<{ id: string; number: number }[]>`select id, number from issues order by number limit 1`
  const { page, complaints } = await visit(`/default/default/issues/${own?.id}`, { credential })
  const frames = page.getByRole('list', { name: 'Frames of TypeError' })

  await t.test('frames', async t => {
    await seen(frames)
    const first = () => frames.getByRole('listitem').first().textContent()
    t.match(await first(), /total/)
    await page.getByRole('button', { name: 'Newest first' }).click()
    t.match(await first(), /main|job/)
    await page.getByRole('button', { name: 'Oldest first' }).click()

    await page.getByLabel('Find in variables').fill('ann')
    await seen(frames.getByText('basket'))
    t.equal(await frames.getByText('total', { exact: true }).count(), 0, 'only frames that have it')
    await page.getByLabel('Find in variables').fill('')
    t.equal(await page.getByRole('link', { name: 'Open in the editor' }).count(), 0, 'off by default')
  })

  await t.test('the palette', async () => {
    const palette = async (text: string, option: RegExp) => {
      await page.keyboard.press('Control+k')
      await page.getByPlaceholder(/^Search issues, pages/).fill(text)
      await page.getByRole('option', { name: option }).first().click()
    }
    await palette('assign to me', /^Assign to me/)
    await seen(page.getByText('Assigned to Ada Lovelace: DEFAULT-1'))
    await palette('ann@example.com', /^ann@example\.com/)
    await page.waitForURL('**/users/17')
    await palette('1.4.0', /^shop@1\.4\.0/)
    await page.waitForURL('**/issues?**release**')
    await palette('dsn', /^Client keys, DSN/)
    await page.waitForURL('**/settings/keys')
    await palette('DEFAULT-1', /DEFAULT-1$/)
    await page.waitForURL(`**/issues/${own?.id}`)
  })

  await t.test('a similar issue is merged in one step', async () => {
    const similar = page.getByRole('list', { name: 'Similar issues' })
    await seen(similar.getByText(/DEFAULT-2 · \d+ % · 2 frames/))
    await similar.getByRole('button', { name: 'Merge DEFAULT-2 into this issue' }).click()
    await seen(page.getByText('Merged DEFAULT-2 into DEFAULT-1'))
    await gone(similar)
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await until(async () => {
      const rows = await sql`select from issues where merged_into is not null`
      return rows.length === 0
    })
  })

  await t.test('what is chosen in this browser', async t => {
    await page.goto(new URL('/account', page.url()).href)
    await page.getByLabel('Times are shown in').selectOption('utc')
    await page.getByLabel('Open frames in').selectOption({ label: 'Visual Studio Code' })
    await page.getByLabel('Folder of the source').fill('/home/ada/shop')
    await page.goto(new URL(`/default/default/issues/${own?.id}`, page.url()).href)
    await seen(frames)
    t.equal(
      await frames.getByRole('link', { name: 'Open in the editor' }).first().getAttribute('href'),
      'vscode://file/home/ada/shop/src/total.ts:30:1'
    )
    await seen(page.locator('time').filter({ hasText: /UTC$/ }))
  })
  t.same(complaints, [])
})
