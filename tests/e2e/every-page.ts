/**
 * Looks at every page in one width: nothing sticks out, the browser has nothing to complain about, nothing is asked of
 * any other host, and, where asked for, axe finds nothing serious in either theme. MESHER_TEST_PICTURES names a folder
 * that pictures of all pages are put into.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Test } from 'tap'
import * as v from 'valibot'
import type { Sql } from '../../services/database/sql.ts'
import { hashSecret, newSecret } from '../../services/machine/secrets.ts'
import { inTheme, seen, seriousFindings } from './support.ts'
import { tellReleases } from './releases-of-shop.ts'
import { webShop } from './web-shop.ts'

const pictures = process.env.MESHER_TEST_PICTURES

/** Without a session where `open`; the server is asked once for what `isMissing`, which may have had another name. */
type PageToSee = { address: string; open?: true; isMissing?: true }

async function projectOf(sql: Sql, issueId: string): Promise<number> {
  const [row] = await sql.rows(v.strictObject({ project_id: v.number() }))`
    select project_id from issues where id = ${issueId}`
  return row?.project_id ?? 0
}

export async function lookAtEveryPage(
  t: Test,
  { width, height, isForEverybody }: { width: number; height: number; isForEverybody: boolean }
): Promise<void> {
  const { visit, credential, issueId, running, sql, organizationId } = await webShop(t, {
    events: 3_000,
    issues: 60,
    users: 200
  })
  const { newest, before } = await tellReleases(sql, await projectOf(sql, issueId))
  const [someone] = await sql<{ user: string }[]>`select "user" from events where "user" <> '' limit 1`
  const userId = someone?.user ?? ''
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true })

  const secret = newSecret()
  await sql`insert into invites (organization_id, id, secret_hash, email, role, created_at, expires_at)
    values (${organizationId}, gen_random_uuid(), ${hashSecret(secret)}, 'grace@example.com', 'member', now(),
      now() + interval '1 day')`
  await sql`insert into mail_recipients (organization_id, email, secret_hash, asked_at)
    values (${organizationId}, 'on-call@example.org', ${hashSecret(secret)}, now())`

  const pages: Readonly<Record<string, PageToSee>> = {
    login: { address: '/login', open: true },
    setup: { address: `/setup?token=${running.setupToken ?? ''}`, open: true },
    invite: { address: `/invite/${secret}`, open: true },
    mail: { address: `/account/mail/${secret}`, open: true },
    overview: { address: '/default/web-shop/overview?range=14d' },
    issues: { address: '/default/web-shop/issues?range=14d' },
    issue: { address: `/default/web-shop/issues/${issueId}` },
    feedback: { address: '/default/web-shop/feedback' },
    user: { address: `/default/web-shop/users/${encodeURIComponent(userId)}` },
    events: { address: '/default/web-shop/events?range=14d' },
    releases: { address: '/default/web-shop/releases?range=14d' },
    release: { address: `/default/web-shop/releases/${encodeURIComponent(newest)}?range=14d` },
    comparison: {
      address: `/default/web-shop/compare?${new URLSearchParams({ base: before, other: newest, in: 'both' })}`
    },
    live: { address: '/default/web-shop/live' },
    alerts: { address: '/default/web-shop/alerts' },
    rules: { address: '/default/web-shop/alerts?tab=rules' },
    onboarding: { address: '/default/web-shop/onboarding' },
    ...Object.fromEntries(
      [
        'general',
        'keys',
        'snippets',
        'artifacts',
        'repository',
        'ingest',
        'scrubbing',
        'grouping',
        'retention',
        'storage',
        'danger'
      ].map(section => [`settings-${section}`, { address: `/default/web-shop/settings/${section}` }])
    ),
    'all-overview': { address: '/default/overview?range=14d' },
    'all-issues': { address: '/default/issues?range=14d' },
    notifications: { address: '/default/notifications' },
    projects: { address: '/default/projects' },
    team: { address: '/default/team' },
    organization: { address: '/default/settings' },
    organizations: { address: '/organizations' },
    account: { address: '/account' },
    system: { address: '/system' },
    unknown: { address: '/default/nowhere/issues', isMissing: true }
  }

  const options = { viewport: { width, height } }
  const inside = await visit('/organizations', { credential, options })
  const outside = await visit('/login', { options })
  for (const [name, { address, open, isMissing }] of Object.entries(pages)) {
    const { page, complaints } = open === true ? outside : inside
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(new URL(address, page.url()).href)
    await seen(page.getByRole('heading', { level: 1 }))
    await page.waitForLoadState('networkidle')
    for (const theme of ['light', 'dark'] as const) {
      await inTheme(page, theme)
      // A theme changes nothing but colours.
      const rules = theme === 'dark' ? { rules: ['color-contrast'] } : {}
      if (isForEverybody) t.same(await seriousFindings(page, rules), [], `${name} is for everybody, ${theme}`)
      if (pictures !== undefined) {
        await page.screenshot({ path: path.join(pictures, `${name}-${theme}-${width}.png`) })
      }
    }
    t.equal(
      await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      0,
      `${name}: nothing sticks out at ${width} px`
    )
    const heard = complaints.splice(0)
    if (isMissing === true) t.match([heard.length, heard[0]], [1, /404 \(Not Found\)$/], `${name}: asked for once`)
    else t.same(heard, [], `${name}: the browser is content at ${width} px`)
  }
  await inside.page.context().close()
  await outside.page.context().close()
}
