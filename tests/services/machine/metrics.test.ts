// Goal: every figure that is reported or looked up is in the text, under labels of ours only, and follows what goes
// away. Method: report to a registry and read its text as Prometheus would.
import t from 'tap'
import { createMetrics, type MetricsRegistry } from '../../../services/machine/metrics.ts'
import type { MetricsSources } from '../../../schema/metrics.ts'

const about = { version: '1.2.3', node: 'here' }
const quiet: MetricsSources = { processes: () => [], restarts: () => [], deadLetters: () => 0, leads: () => [] }

async function figuresOf(metrics: MetricsRegistry): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))])
  )
}

t.test('counts events by outcome and refusals by reason, and shows the ones that never happened as 0', async t => {
  const metrics = createMetrics(quiet, about)
  metrics.committed([{ outcome: 'stored' }, { outcome: 'stored' }, { outcome: 'duplicate' }])
  metrics.committed([{ outcome: 'stored' }])
  metrics.refused('rate_limited', 7)
  metrics.refused('rate_limited', 1)

  const figures = await figuresOf(metrics)
  t.equal(figures.get('mesher_events_total{outcome="stored"}'), 3)
  t.equal(figures.get('mesher_events_total{outcome="duplicate"}'), 1)
  t.equal(figures.get('mesher_events_total{outcome="quarantined"}'), 0)
  t.equal(figures.get('mesher_refused_total{reason="rate_limited"}'), 8)
  t.equal(figures.get('mesher_refused_total{reason="overloaded"}'), 0)
  t.strictSame(
    await figuresOf(metrics).then(again => again.get('mesher_events_total{outcome="stored"}')),
    3,
    'asking changes nothing'
  )
})

t.test('shows commits by size and time', async t => {
  const metrics = createMetrics(quiet, about)
  metrics.group(3)
  metrics.group(300)
  metrics.commitTime(15)

  const figures = await figuresOf(metrics)
  t.equal(figures.get('mesher_commit_events_count'), 2)
  t.equal(figures.get('mesher_commit_events_sum'), 303)
  t.equal(figures.get('mesher_commit_events_bucket{le="5"}'), 1)
  t.equal(figures.get('mesher_commit_seconds_sum'), 0.015)
})

t.test('shows how far the clock is off and what is kept beyond its time', async t => {
  const metrics = createMetrics(quiet, about)
  metrics.clockSkew(-45_500)
  metrics.keptPartitions(3)
  const figures = await figuresOf(metrics)
  t.equal(figures.get('mesher_clock_skew_seconds'), -45.5)
  t.equal(figures.get('mesher_retention_kept_partitions'), 3)
})

t.test('shows the last backup and how many failed', async t => {
  const metrics = createMetrics(quiet, about)
  metrics.backup({ at: 1_700_000_000_000, bytes: 4_711 })
  metrics.backupFailed()
  const figures = await figuresOf(metrics)
  t.equal(figures.get('mesher_backup_last_timestamp_seconds'), 1_700_000_000)
  t.equal(figures.get('mesher_backup_last_bytes'), 4_711)
  t.equal(figures.get('mesher_backup_failures_total'), 1)
})

t.test('shows the spool, and no age once it is empty', async t => {
  const metrics = createMetrics(quiet, about)
  t.equal((await figuresOf(metrics)).get('mesher_spool_accepting'), 1)

  metrics.spool({
    accepting: false,
    files: 2,
    bytes: 500,
    bytesMax: 1_000,
    oldestAt: Date.now() - 60_000,
    setAside: 3,
    outage: {}
  })
  const full = await figuresOf(metrics)
  t.equal(full.get('mesher_database_up'), 0)
  t.equal(full.get('mesher_spool_set_aside_files'), 3)
  t.equal(full.get('mesher_spool_accepting'), 0)
  t.equal(full.get('mesher_spool_files'), 2)
  t.equal(full.get('mesher_spool_bytes'), 500)
  t.equal(full.get('mesher_spool_bytes_max'), 1_000)
  t.ok((full.get('mesher_spool_oldest_seconds') ?? 0) >= 60)

  metrics.spool({ accepting: true, files: 0, bytes: 0, bytesMax: 1_000, oldestAt: 0, setAside: 0, outage: null })
  t.equal((await figuresOf(metrics)).get('mesher_spool_oldest_seconds'), 0)
})

t.test('shows processes by label, together where they share one, and forgets the ones that ended', async t => {
  let processes = [
    { label: 'event-router', mailboxLength: 4, mailboxOldestMs: 2_000 },
    { label: 'ingest-connection', mailboxLength: 1, mailboxOldestMs: 10 },
    { label: 'ingest-connection', mailboxLength: 2, mailboxOldestMs: 5_000 }
  ]
  const metrics = createMetrics(
    {
      processes: () => processes,
      restarts: () => [['event-router', 2]],
      deadLetters: () => 9,
      leads: () => [['alerting', true]]
    },
    about
  )

  const figures = await figuresOf(metrics)
  t.equal(figures.get('mesher_processes{process="ingest-connection"}'), 2)
  t.equal(figures.get('mesher_mailbox_messages{process="ingest-connection"}'), 3)
  t.equal(figures.get('mesher_mailbox_oldest_seconds{process="ingest-connection"}'), 5)
  t.equal(figures.get('mesher_mailbox_messages{process="event-router"}'), 4)
  t.equal(figures.get('mesher_restarts_total{child="event-router"}'), 2)
  t.equal(figures.get('mesher_dead_letters_total'), 9)
  t.equal(figures.get('mesher_leader{work="alerting"}'), 1)

  processes = []
  t.notOk((await figuresOf(metrics)).has('mesher_mailbox_messages{process="event-router"}'))
})

t.test('says what runs, and what the process costs', async t => {
  const figures = await figuresOf(createMetrics(quiet, about))
  t.equal(figures.get(`mesher_info{version="1.2.3",node="here",nodejs="${process.version}"}`), 1)
  t.ok((figures.get('process_resident_memory_bytes') ?? 0) > 0)
  t.ok(figures.has('nodejs_eventloop_lag_p99_seconds'))
})

t.test('shows the edge as it is', async t => {
  const metrics = createMetrics(quiet, about)
  const figures = {
    pending: 3,
    aborted: 4,
    timedOut: 5,
    late: 6,
    answered: { 202: 70, 429: 8 },
    sockets: 9,
    slowDashboards: 12,
    connectionsRefused: 11,
    waitingBytes: 10
  }
  metrics.edge(figures)
  metrics.edge({ ...figures, aborted: 5, answered: { 202: 71 } })

  const shown = await figuresOf(metrics)
  t.equal(shown.get('mesher_http_pending_requests'), 3)
  t.equal(shown.get('mesher_http_aborted_total'), 5)
  t.equal(shown.get('mesher_http_timed_out_total'), 5)
  t.equal(shown.get('mesher_connections_refused_total'), 11)
  t.equal(shown.get('mesher_http_late_replies_total'), 6)
  t.equal(shown.get('mesher_http_responses_total{status="202"}'), 71)
  t.equal(shown.get('mesher_http_responses_total{status="429"}'), undefined)
  t.equal(shown.get('mesher_sockets'), 9)
  t.equal(shown.get('mesher_http_waiting_body_bytes'), 10)
})
