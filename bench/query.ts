/**
 * What reading costs with many events: every list and every number of the dashboard, over HTTP, on 100,000 events and
 * on ten million. No p95 may be more than three times that of the small size; the aim is 50 ms. Then the same with cold
 * caches, and the plans of the three slowest. The data are seeded once, which takes some twenty minutes, and kept in a
 * folder (`--data`) for a day.
 */
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openClient, type Client } from './query/client.ts'
import { openDataset, type Dataset, type Size } from './query/dataset.ts'
import { gatherFacts } from './query/facts.ts'
import { answered, bind, timesOf, type Bound } from './query/measure.ts'
import { forgetPages, readPages } from './query/page-cache.ts'
import { explainAll, slowestPlan } from './query/plans.ts'
import { requestsOf } from './query/requests.ts'
import { resultOf, slowestOf, type Explained, type Measured } from './query/result.ts'
import type { BenchOptions, BenchResult } from './support/bench.ts'
import { startMesher } from './support/sides.ts'
import { createProgress, type Progress } from './support/text.ts'

type Setting = { folder: string; progress: Progress; only: string }
type Side = { dataset: Dataset; client: Client }

const small: Size = { name: '100k', events: 100_000, issues: 1_000, users: 20_000 }
const large: Size = { name: '10m', events: 10_000_000, issues: 50_000, users: 200_000 }
const roundsDefault = 40
const coldRounds = 3
/** Statements are planned anew for the first few times; a later plan is the usual one. */
const explainedTimes = 7

export async function run({
  rounds = roundsDefault,
  data = 'data/bench-query',
  only = ''
}: BenchOptions): Promise<BenchResult> {
  const setting = { folder: resolve(data), progress: createProgress(), only }
  const { measured, requests, version } = await measureWarm(setting, rounds)
  const cold = await measureCold(setting, requests)
  const explained = await explainSlowest(
    setting,
    slowestOf(measured).map(({ name, operation }) =>
      requests.find(each => each.name === name && each.operation === operation)
    )
  )
  setting.progress.done('')
  return resultOf({ small, large, rounds, coldRounds, measured, cold, explained, postgres: version })
}

/** Starts PostgreSQL and Mesher on the data of this size, and stops both after `work`. */
async function withSide<Result>(
  { folder, progress }: Setting,
  size: Size,
  work: (side: Side) => Promise<Result>
): Promise<Result> {
  const dataset = await openDataset(folder, size, progress)
  try {
    const server = await startMesher(dataset.postgres.url)
    const client = openClient(server.url, dataset.token)
    try {
      return await work({ dataset, client })
    } finally {
      client.close()
      await server.stop()
    }
  } finally {
    await dataset.postgres.stop()
  }
}

type Warm = { measured: Measured[]; /** Of the large size. */ requests: Bound[]; version: string }

async function measureWarm(setting: Setting, rounds: number): Promise<Warm> {
  setting.progress.say('warm · reading the data into the page cache')
  await mkdir(setting.folder, { recursive: true })
  await readPages(setting.folder)
  return await withSide(
    setting,
    small,
    async few =>
      await withSide(setting, large, async many => {
        const now = Date.now()
        const [requestsOfFew, requestsOfMany] = [await boundFor(setting, few, now), await boundFor(setting, many, now)]
        const measured: Measured[] = []
        for (const [index, request] of requestsOfMany.entries()) {
          const { operation, name } = request
          setting.progress.say(`warm · ${index + 1} of ${requestsOfMany.length} · ${operation} · ${name}`)
          const [ofFew, ofMany] = await timesOf(
            [
              { client: few.client, request: requestsOfFew[index] ?? request },
              { client: many.client, request }
            ],
            rounds
          )
          if (ofFew !== undefined && ofMany !== undefined) {
            measured.push({ operation, name, small: ofFew, large: ofMany })
          }
        }
        return { measured, requests: requestsOfMany, version: many.dataset.postgres.version }
      })
  )
}

async function boundFor({ only }: Setting, { dataset, client }: Side, now: number): Promise<Bound[]> {
  const requests = requestsOf(await gatherFacts(dataset), now)
  const bound: Bound[] = []
  for (const request of requests) {
    if (`${request.operation} · ${request.name}`.includes(only)) bound.push(await bind(client, request))
  }
  return bound
}

/**
 * The longest time of some rounds, by operation and name. Each round begins with cold caches and asks in another order.
 */
async function measureCold(setting: Setting, requests: readonly Bound[]): Promise<number[]> {
  const longest = requests.map(() => 0)
  for (let round = 0; round < coldRounds; round++) {
    setting.progress.say(`cold · round ${round + 1} of ${coldRounds}`)
    await forgetPages(setting.folder)
    await withSide(setting, large, async ({ client }) => {
      for (let step = 0; step < requests.length; step++) {
        // Far apart in the list, and every one once: the step is a prime.
        const index = (step * 7_919 + round * 31) % requests.length
        const { ms } = await answered(client, requests[index]?.path(round) ?? '')
        longest[index] = Math.max(longest[index] ?? 0, ms)
      }
    })
  }
  return longest
}

async function explainSlowest(setting: Setting, slowest: readonly (Bound | undefined)[]): Promise<Explained[]> {
  await withSide(setting, large, async ({ dataset }) => await explainAll(dataset, true))
  try {
    return await withSide(setting, large, async ({ dataset, client }) => {
      const explained: Explained[] = []
      for (const request of slowest) {
        if (request === undefined) continue
        for (let n = 0; n < explainedTimes; n++) await answered(client, request.path(n))
        const plan = await slowestPlan(dataset, async () => await answered(client, request.path(explainedTimes)))
        if (plan !== null) explained.push({ operation: request.operation, name: request.name, plan })
      }
      return explained
    })
  } finally {
    await withSide(setting, large, async ({ dataset }) => await explainAll(dataset, false))
  }
}
