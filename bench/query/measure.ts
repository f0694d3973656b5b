/**
 * How long each request takes on both sizes: in rounds, the small and the large one by turns, so that a noisy moment of
 * the machine is in both. A response other than 200 ends the benchmark.
 */
import * as v from 'valibot'
import { percentileOf } from '../support/statistics.ts'
import type { Client } from './client.ts'
import type { BenchRequest } from './requests.ts'

/** In milliseconds. */
export type Times = { p50: number; p95: number }

/** A request with the path that it has on one size. */
export type Bound = { operation: string; name: string; path: (n: number) => string }

const page = v.object({ next_cursor: v.nullable(v.string()) })
/** Not counted: plans and caches are made. */
const warmups = 5

/** Reads the pages before a later page that is to be measured; if there are fewer pages, the last one is measured. */
export async function bind(client: Client, { operation, name, path, pagesBefore = 0 }: BenchRequest): Promise<Bound> {
  let cursor: string | null = null
  for (let read = 0; read < pagesBefore; read++) {
    const next = await nextCursor(client, withPage(path(0), cursor, 100))
    if (next === null) break
    cursor = next
  }
  return { operation, name, path: cursor === null ? path : n => withPage(path(n), cursor, 25) }
}

export async function timesOf(sides: readonly { client: Client; request: Bound }[], samples: number): Promise<Times[]> {
  const times = sides.map((): number[] => [])
  for (let n = -warmups; n < samples; n++) {
    for (const [side, { client, request }] of sides.entries()) {
      const { ms } = await answered(client, request.path(n + warmups))
      if (n >= 0) times[side]?.push(ms)
    }
  }
  return times.map(each => ({ p50: percentileOf(each, 0.5), p95: percentileOf(each, 0.95) }))
}

export async function answered(client: Client, path: string): Promise<{ ms: number; body: string }> {
  const { status, body, ms } = await client.get(path)
  if (status !== 200) throw new Error(`${path} was answered with ${status}: ${body.slice(0, 500)}`)
  return { ms, body }
}

async function nextCursor(client: Client, path: string): Promise<string | null> {
  const { body } = await answered(client, path)
  return v.parse(page, JSON.parse(body)).next_cursor
}

function withPage(path: string, cursor: string | null, limit: number): string {
  const page = `limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`
  return `${path}${path.includes('?') ? '&' : '?'}${page}`
}
