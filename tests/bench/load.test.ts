// Goal: a load accounts for every event it sent, whatever the server does to it. Method: real HTTP servers that accept,
// refuse, stay silent, hang up or come back; the journal is counted line by line.
import { createServer, type RequestListener, type Server } from 'node:http'
import { once } from 'node:events'
import { rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readJournal, type JournalEntry } from '../../bench/load/journal.ts'
import { freePort } from '../../bench/support/server.ts'
import { startLoad, runLoad, type LoadOptions, type LoadReport } from '../../bench/load/load.ts'

type Bench = { server: Server; options: LoadOptions }

async function serving(t: Test, listener: RequestListener): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'mesher-load-'))
  const server = createServer((request, response) => {
    request.resume().on('end', () => listener(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    server.close()
    await rm(folder, { recursive: true })
  })
  const url = `http://127.0.0.1:${portOf(server)}`
  return {
    server,
    options: {
      url,
      keys: ['a'.repeat(32)],
      connections: 4,
      run: 1,
      journalPath: join(folder, 'journal'),
      durationMs: 20_000,
      eventsMax: 50
    }
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

async function journalOf(report: LoadReport): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const entry of readJournal(report.journalPath)) entries.push(entry)
  return entries
}

function sumOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, each) => sum + each, 0)
}

const stored = JSON.stringify({ id: 'id-1', outcome: 'stored' })

t.test('notes every acknowledged event with its id', async t => {
  const { options } = await serving(t, (_, response) =>
    response.writeHead(202, { 'Content-Length': stored.length }).end(stored)
  )

  const report = await runLoad(options)
  const entries = await journalOf(report)

  t.match(report, {
    sent: 50,
    acknowledged: 50,
    outcomes: { stored: 50 },
    refusals: {},
    unanswered: 0,
    connectErrors: {}
  })
  t.equal(new Set(entries.map(({ marker }) => marker)).size, 50)
  t.ok(entries.every(({ status, fate, id }) => status === 202 && fate === 'stored' && id === 'id-1'))
})

t.test('tells refusals by their reason', async t => {
  const body = JSON.stringify({ type: 'https://mesher.dev/problems/rate_limited', status: 429 })
  const { options } = await serving(t, (_, response) =>
    response.writeHead(429, { 'Content-Length': body.length, 'Retry-After': 1 }).end(body)
  )

  const report = await runLoad(options)

  t.match(report, { sent: 50, acknowledged: 0, refusals: { rate_limited: 50 }, statuses: { 429: 50 }, unanswered: 0 })
})

t.test('counts what is unanswered when the server hangs up, and goes on where it may reconnect', async t => {
  let seen = 0
  const { options } = await serving(t, (request, response) => {
    if (++seen % 10 === 0) request.socket.destroy()
    else response.writeHead(202, { 'Content-Length': stored.length }).end(stored)
  })

  const report = await runLoad({ ...options, reconnect: true })
  const entries = await journalOf(report)

  t.match(report, { sent: 50, acknowledged: 45, unanswered: 5 })
  t.equal(report.sent, sumOf(report.outcomes) + sumOf(report.refusals) + report.unanswered)
  t.equal(entries.filter(({ status, fate }) => status === 0 && fate === 'lost').length, 5)
})

t.test('ends when every connection is lost and none may reconnect', async t => {
  const { options } = await serving(t, request => request.socket.destroy())
  t.match(await runLoad(options), { sent: 4, acknowledged: 0, unanswered: 4 })
})

t.test('gives up on an answer that does not come', async t => {
  const { options } = await serving(t, () => {})
  const report = await runLoad({ ...options, requestTimeoutMs: 300 })
  t.match(report, { sent: 4, unanswered: 4 })
  t.ok((await journalOf(report)).every(({ fate }) => fate === 'timeout'))
})

t.test('opens a new connection after one that the server closes in good order', async t => {
  const { options } = await serving(t, (_, response) =>
    response.writeHead(202, { 'Content-Length': stored.length, Connection: 'close' }).end(stored)
  )
  t.match(await runLoad({ ...options, reconnect: true }), { sent: 50, acknowledged: 50, unanswered: 0 })
})

t.test('waits for a server that does not run yet', async t => {
  const { server, options } = await serving(t, (_, response) =>
    response.writeHead(202, { 'Content-Length': stored.length }).end(stored)
  )
  server.close()
  await once(server, 'close')
  // Not the one that it had: while nobody listens there, it may be dealt out to somebody else.
  const port = await freePort()

  const run = startLoad(
    { ...options, url: `http://127.0.0.1:${port}`, reconnect: true },
    {
      onProgress: () => {
        if (!server.listening) server.listen(port, '127.0.0.1')
      }
    }
  )
  const report = await run.report

  t.match(report, { sent: 50, acknowledged: 50 })
  t.ok((report.connectErrors.ECONNREFUSED ?? 0) > 0)
})

t.test('stops when told to, with a report', async t => {
  const { options } = await serving(t, (_, response) =>
    response.writeHead(202, { 'Content-Length': stored.length }).end(stored)
  )
  const { eventsMax: _, ...endless } = options

  const run = startLoad({ ...endless, ratePerS: 200 }, { onProgress: () => run.stop() })
  const report = await run.report

  t.ok(report.acknowledged > 0)
  t.equal(report.sent, report.acknowledged)
})

t.test('fails clearly when its process cannot work', async t => {
  const { options } = await serving(t, () => {})
  await t.rejects(runLoad({ ...options, journalPath: '/no/such/folder/journal' }), /ENOENT/)
})
