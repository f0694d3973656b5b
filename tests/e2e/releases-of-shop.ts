/** Commits, deploys and links of the web shop's releases, as its builds would have told them. */
import assert from 'node:assert'
import { changeSources } from '../../services/releases/code-mappings.ts'
import { setCommits } from '../../services/releases/commits.ts'
import { addDeploy } from '../../services/releases/deploys.ts'
import { namedReleases } from '../../services/releases/named.ts'
import { putRelease } from '../../services/releases/registered.ts'
import type { Sql } from '../../services/database/sql.ts'

export type ShopReleases = {
  /** The newest of a service that has several, and the one before it. */
  newest: string
  before: string
}

const hourMs = 3_600_000
const messages = ['Prices are rounded', 'The cart keeps its order', 'Dependencies are newer']

/** `files` are what the newest commit of each release changed. */
export async function tellReleases(
  sql: Sql,
  projectId: number,
  files: readonly string[] = ['src/cart.js']
): Promise<ShopReleases> {
  const named = (await namedReleases(sql, projectId)).sort((a, b) => b.created_at.getTime() - a.created_at.getTime())
  for (const [index, { release, created_at: at }] of named.slice(0, 12).entries()) {
    await putRelease(sql, projectId, release, { releasedAt: at })
    await setCommits(
      sql,
      projectId,
      release,
      ['Ada Lovelace', 'Grace Hopper', 'Edsger Dijkstra'].map((authorName, number) => ({
        sha: `${index}${number}`.padEnd(40, 'a1b2c3'),
        repository: 'web-shop',
        message: `${messages[number]}\n\nMore of it.`,
        authorName,
        authorEmail: `${authorName.split(' ')[0]?.toLowerCase()}@example.com`,
        committedAt: new Date(at.getTime() - number * hourMs),
        files: number === 0 ? files.map(path => ({ path, type: 'M' })) : [{ path: 'package.json', type: 'M' }]
      }))
    )
    for (const environment of index % 3 === 0 ? ['staging', 'production'] : ['production']) {
      await addDeploy(sql, projectId, release, {
        environment,
        name: `build ${900 - index}`,
        url: 'https://ci.example.com/builds/7',
        startedAt: new Date(at.getTime() - 200_000),
        finishedAt: at
      })
    }
  }
  await changeSources(sql, projectId, {
    commitUrl: 'https://git.example.com/{repo}/commit/{sha}',
    sourceUrl: 'https://git.example.com/{repo}/blob/{sha}/{path}#L{line}',
    mappings: [{ stackRoot: '', sourceRoot: '', repository: 'acme/web-shop', branch: '' }]
  })
  for (const { release } of named) {
    const service = release.split('@')[0]
    const before = named.find(one => one.release !== release && one.release.split('@')[0] === service)
    if (before !== undefined) return { newest: release, before: before.release }
  }
  assert.fail('the shop has services with several releases')
}
