// Goal: what a deploy broke, and what is different between two releases, is found by who looks for it, in a few steps;
// an archived release is out of the way; links to the repository are set up where they are tried.
// Method: a browser before a whole server; events and builds tell of two releases of a shop, and people follow links as
// they stand on the pages.
import t from 'tap'
import { setCommits } from '../../services/releases/commits.ts'
import { addDeploy } from '../../services/releases/deploys.ts'
import { dashboard, gone, seen, until, type Dashboard } from './support.ts'

const before = 'shop@1.0.0'
const after = 'shop@1.1.0'

function thrown(type: string, release: string, user: string): object {
  return {
    platform: 'node',
    release,
    environment: 'production',
    user: { id: user },
    exception: {
      type,
      value: `${type} in the cart`,
      stacktrace: { frames: [{ filename: '/srv/app/src/cart.js', function: type, lineno: 12, in_app: true }] }
    }
  }
}

/** Two releases: one error is of both, one is gone, one is new; the newer one was deployed and has commits. */
async function twoReleases(shop: Dashboard, changed = 'web/src/cart.js'): Promise<void> {
  const { sql, projectId } = shop
  await shop.send(
    ...['ann', 'ben', 'cy'].map(user => thrown('OldTrouble', before, user)),
    thrown('Gone', before, 'ann')
  )
  await setCommits(sql, projectId, after, [
    {
      sha: 'feedfacefeedface0000000000000000000000aa',
      repository: 'shop',
      message: 'Rounds prices at the end',
      authorName: 'Grace Hopper',
      authorEmail: 'grace@example.com',
      committedAt: new Date(),
      files: [{ path: changed, type: 'M' }]
    }
  ])
  await addDeploy(sql, projectId, after, {
    environment: 'production',
    name: '',
    url: '',
    startedAt: null,
    finishedAt: new Date()
  })
  await shop.send(thrown('OldTrouble', after, 'ann'), thrown('FreshTrouble', after, 'ben'))
  const counted = async (): Promise<boolean> => {
    const [row] = await sql<{ count: string }[]>`select count(*) as count from issue_releases`
    return Number(row?.count) === 4
  }
  await until(counted)
}

t.test('what a deploy broke: from the list to the new issue and the commit that is suspect', async t => {
  const shop = await dashboard(t)
  const { credential } = await shop.user('owner', { name: 'Ada' })
  await twoReleases(shop, 'src/cart.js')
  const { page, complaints } = await shop.visit('/default/default/releases', { credential })

  const row = page.getByRole('row', { name: after })
  await seen(row)
  t.match(await row.innerText(), /in production for/)
  await page.getByRole('link', { name: after, exact: true }).click()
  await seen(page.getByRole('heading', { level: 1, name: after }))
  await seen(page.getByRole('img', { name: new RegExp(`Share of ${after}`) }))
  t.match(
    await page.getByRole('table', { name: `Share of ${after}` }).innerText(),
    /shop@1\.1\.0 deployed to production/,
    'the deploy is told to who cannot see the chart'
  )
  await page.getByRole('link', { name: /FreshTrouble/ }).click()
  await seen(page.getByRole('heading', { level: 1, name: /FreshTrouble/ }))
  const suspects = page.getByRole('region', { name: /Suspect commits/ })
  await seen(suspects.getByText('Rounds prices at the end'))
  t.match(await suspects.innerText(), /Grace Hopper/)
  await page.getByRole('link', { name: after, exact: true }).first().click()
  await seen(page.getByRole('heading', { level: 1, name: after }))
  t.same(complaints, [])
})

t.test('comparing two releases: chosen in the list, told apart by their issues', async t => {
  const shop = await dashboard(t)
  const { credential } = await shop.user('owner', { name: 'Ada' })
  await twoReleases(shop)
  const { page, complaints } = await shop.visit('/default/default/releases', { credential })

  for (const version of [before, after]) await page.getByRole('checkbox', { name: new RegExp(version) }).check()
  await page.getByRole('button', { name: /Compare 2 of 2/ }).click()
  await seen(page.getByRole('heading', { level: 1, name: 'Compare releases' }))
  await seen(page.getByRole('link', { name: /FreshTrouble/ }))
  t.equal(await page.getByRole('link', { name: /OldTrouble|Gone/ }).count(), 0)
  await page.getByRole('tab', { name: /In both/ }).click()
  const both = page.getByRole('row', { name: /OldTrouble/ })
  await seen(both)
  t.match(await both.innerText(), /3\s+1\s+−67%/)
  await page.getByRole('tab', { name: `Only in ${before}` }).click()
  await seen(page.getByRole('link', { name: /Gone/ }))
  await page.getByRole('button', { name: 'Swap them' }).click()
  await seen(page.getByRole('tab', { name: `Only in ${before}`, selected: true }))
  t.same(complaints, [])
})

t.test('numbers of events that sampling weighs begin with ≈ wherever releases are shown', async t => {
  const shop = await dashboard(t)
  const { credential } = await shop.user('owner', { name: 'Ada' })
  const { sql } = shop
  const sampled = { contexts: { error_sampling: { client_sample_rate: 0.5 } } }
  await shop.send(thrown('Trouble', before, 'ann'), { ...thrown('Trouble', after, 'ben'), ...sampled })
  await until(async () => (await sql`select from issue_releases`).count === 2)
  const { page } = await shop.visit(`/default/default/releases/${encodeURIComponent(after)}`, { credential })

  await seen(page.getByText(/^≈2 events in the/))
  t.match(await page.getByRole('table', { name: `Share of ${after}` }).innerText(), /67%, ≈2 of ≈3 events/)
  t.match(await page.getByRole('definition').filter({ hasText: '≈' }).allInnerTexts(), ['≈2', '≈67% of all'])
  await page.goto(`${shop.url}/default/default/releases`)
  await seen(page.getByText(/2 releases, ≈3 events/))
  const row = page.getByRole('row', { name: after })
  await seen(row.getByText('≈67%', { exact: true }))
  await seen(row.getByText('≈2', { exact: true }))
  await seen(row.getByTitle(/≈2 of 3 events\. Extrapolated/))
  await page.goto(`${shop.url}/default/default/compare?base=${before}&other=${after}`)
  const rates = page.getByRole('region', { name: 'Events of both releases' })
  await seen(rates)
  t.match((await rates.getByTitle(/^Extrapolated/).allInnerTexts()).join(' '), /^≈1\S* ≈2\S* ≈1 ≈2$/)
  await page.getByRole('tab', { name: /In both/ }).click()
  await seen(page.getByRole('row', { name: /Trouble/ }).getByTitle(/About 2 events\. Extrapolated/))
})

t.test(
  'an archived release is hidden until one asks for it, and a project without releases says how to get one',
  async t => {
    const shop = await dashboard(t)
    const { credential } = await shop.user('owner', { name: 'Ada' })
    const { page } = await shop.visit('/default/default/releases', { credential })
    await seen(page.getByText('No releases yet'))
    await page.getByRole('tab', { name: 'sentry-cli' }).click()
    await seen(page.getByText('sentry-cli releases set-commits', { exact: false }))

    await twoReleases(shop)
    await page.goto(`${shop.url}/default/default/releases/${encodeURIComponent(before)}`)
    await page.getByRole('button', { name: 'Archive' }).click()
    await seen(page.getByRole('button', { name: 'Open again' }))
    await page.getByRole('navigation').getByRole('link', { name: 'Releases' }).click()
    await seen(page.getByRole('link', { name: after, exact: true }))
    t.equal(await page.getByRole('link', { name: before, exact: true }).count(), 0)
    await page.getByRole('switch', { name: 'Archived ones too' }).click()
    await seen(page.getByRole('link', { name: before, exact: true }))
    await page.getByRole('searchbox', { name: 'Search releases' }).fill('1.1')
    await gone(page.getByRole('link', { name: before, exact: true }))
  }
)

t.test('links to the repository are tried, refused where they run a script, saved, and stand at frames', async t => {
  const shop = await dashboard(t)
  const { credential } = await shop.user('owner', { name: 'Ada' })
  await twoReleases(shop)
  const { page } = await shop.visit('/default/default/settings/repository', { credential })
  await page.getByRole('button', { name: 'GitHub' }).click()
  await page.getByRole('button', { name: 'Add a mapping' }).click()
  await page.getByLabel('Stack root').fill('/srv/app')
  await page.getByLabel('Source root').fill('web')
  await page.getByRole('textbox', { name: 'Repository' }).fill('acme/shop')
  await page.getByLabel('Try a path').fill('/srv/app/src/cart.js:12')
  await page.getByRole('button', { name: 'Try it' }).click()
  await seen(page.getByRole('link', { name: 'https://github.com/acme/shop/blob/HEAD/web/src/cart.js#L12' }))

  await page.getByLabel('Address of a line').fill('javascript:alert(1)//{path}')
  await page.getByRole('button', { name: 'Save' }).click()
  await seen(page.getByText('must begin with http:// or https://', { exact: false }))
  await page.getByRole('button', { name: 'GitHub' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await gone(page.getByRole('button', { name: 'Discard changes' }))

  await page.goto(`${shop.url}/default/default/issues?query=FreshTrouble`)
  await page
    .getByRole('link', { name: /FreshTrouble/ })
    .first()
    .click()
  const link = page.getByRole('link', { name: 'Open web/src/cart.js in its repository' })
  await seen(link)
  t.equal(
    await link.getAttribute('href'),
    'https://github.com/acme/shop/blob/feedfacefeedface0000000000000000000000aa/web/src/cart.js#L12'
  )
  t.equal(
    await page
      .getByRole('region', { name: /Suspect commits/ })
      .getByRole('link', { name: 'feedface' })
      .getAttribute('href'),
    'https://github.com/acme/shop/commit/feedfacefeedface0000000000000000000000aa'
  )
})
