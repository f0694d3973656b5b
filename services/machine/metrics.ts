/**
 * The figures that /metrics shows, kept by prom-client. No label holds anything that a tenant or a client chose:
 * outcomes, reasons and labels of processes are Mesher's own words, so the number of series is bounded. Hot figures are
 * plain numbers until they are read. Memory, processor time, garbage collection and the delay of the event loop come
 * from prom-client.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { PipelineFigures } from '../../schema/api/system.ts'
import type { EdgeFigures, Metrics, MetricsSources, SpoolFigures } from '../../schema/metrics.ts'
import { outcomes, refusalReasons, type Outcome, type RefusalReason } from '../../schema/outcomes.ts'

/** What happened since the start. */
export type Totals = Pick<PipelineFigures, 'committed' | 'refused' | 'commits'>

export type MetricsRegistry = Metrics & {
  totals: () => Totals
  /** The figures in Prometheus' text format, and its content type. */
  text: () => Promise<string>
  contentType: string
}

/** A registry of its own, so that several servers of one process (in tests) do not mix. */
export function createMetrics(
  sources: MetricsSources,
  { version, node, isOneOfSeveral = false }: { version: string; node: string; isOneOfSeveral?: boolean }
): MetricsRegistry {
  const registry = new Registry()
  // Shown together with those of others, figures name their node.
  if (isOneOfSeveral) registry.setDefaultLabels({ node })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]

  const info = new Gauge({
    name: 'mesher_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'node', 'nodejs'],
    registers
  })
  info.set({ version, node, nodejs: process.version }, 1)
  watchProcesses(sources, registry)

  const commitSize = new Histogram({
    name: 'mesher_commit_events',
    help: 'Events in one transaction.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
    registers
  })
  const commitTime = new Histogram({
    name: 'mesher_commit_seconds',
    help: 'Time from sending a transaction to its commit.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers
  })
  const committed = countOutcomes(registry)
  const refused = countRefused(registry)
  const commits = { transactions: 0, events: 0, seconds: 0 }
  return {
    totals: () => ({
      committed: Object.fromEntries(committed.counts),
      refused: Object.fromEntries(refused.counts),
      commits: { ...commits }
    }),
    committed: committed.add,
    group: events => {
      commits.events += events
      commitSize.observe(events)
    },
    commitTime: ms => {
      commits.transactions += 1
      commits.seconds += ms / 1_000
      commitTime.observe(ms / 1_000)
    },
    refused: refused.add,
    spool: showSpool(registry),
    edge: showEdge(registry),
    ...showUpkeep(registry),
    ...showBackups(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType
  }
}

function showUpkeep(registry: Registry): Pick<Metrics, 'clockSkew' | 'keptPartitions'> {
  const registers = [registry]
  const skew = new Gauge({
    name: 'mesher_clock_skew_seconds',
    help: "How far this machine's clock is ahead of the database's.",
    registers
  })
  const kept = new Gauge({
    name: 'mesher_retention_kept_partitions',
    help: 'Partitions that are due and are kept, because it is not certain that the time has passed.',
    registers
  })
  return {
    clockSkew: aheadMs => skew.set(aheadMs / 1_000),
    keptPartitions: count => kept.set(count)
  }
}

/** Only the node that leads knows; on the others they stay at 0. */
function showBackups(registry: Registry): Pick<Metrics, 'backup' | 'backupFailed'> {
  const registers = [registry]
  const time = new Gauge({
    name: 'mesher_backup_last_timestamp_seconds',
    help: 'When the last backup that servers make was made, on the node that leads maintenance; 0 elsewhere.',
    registers
  })
  const size = new Gauge({ name: 'mesher_backup_last_bytes', help: 'The size of that backup.', registers })
  const failed = new Counter({ name: 'mesher_backup_failures_total', help: 'Backups that failed.', registers })
  return {
    backup: ({ at, bytes }) => {
      time.set(at / 1_000)
      size.set(bytes)
    },
    backupFailed: () => failed.inc()
  }
}

/** Figures of several registries as one text: each family once, with the samples of all registries. */
export function mergedTexts(texts: readonly string[]): string {
  const families = new Map<string, string[]>()
  for (const block of texts.flatMap(text => text.trimEnd().split('\n\n'))) {
    const [help = '', type = '', ...samples] = block.split('\n')
    const head = `${help}\n${type}`
    families.set(head, [...(families.get(head) ?? []), ...samples])
  }
  return [...families].map(([head, samples]) => [head, ...samples].join('\n')).join('\n\n') + '\n'
}

function countOutcomes(registry: Registry): { counts: ReadonlyMap<Outcome, number>; add: Metrics['committed'] } {
  const counts = new Map<Outcome, number>(outcomes.map(outcome => [outcome, 0]))
  registry.registerMetric(
    new Counter({
      name: 'mesher_events_total',
      help: 'Events whose fate was committed, by outcome.',
      labelNames: ['outcome'],
      registers: [],
      collect() {
        setAll(this, counts)
      }
    })
  )
  return {
    counts,
    add: committed => {
      for (const { outcome } of committed) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
    }
  }
}

function countRefused(registry: Registry): { counts: ReadonlyMap<RefusalReason, number>; add: Metrics['refused'] } {
  const counts = new Map<RefusalReason, number>(refusalReasons.map(reason => [reason, 0]))
  registry.registerMetric(
    new Counter({
      name: 'mesher_refused_total',
      help: 'Requests, or events of a request, that were refused, by reason.',
      labelNames: ['reason'],
      registers: [],
      collect() {
        setAll(this, counts)
      }
    })
  )
  return {
    counts,
    add: (reason, count) => {
      counts.set(reason, (counts.get(reason) ?? 0) + count)
    }
  }
}

function showSpool(registry: Registry): Metrics['spool'] {
  const gauge = (name: string, help: string) => new Gauge({ name: `mesher_spool_${name}`, help, registers: [registry] })
  const accepting = gauge('accepting', '1 while the spool can take events, 0 when the disk or its bound is full.')
  const files = gauge('files', 'Files that wait for the database, each with one or more batches.')
  const bytes = gauge('bytes', 'What the spool holds on disk.')
  const bytesMax = gauge('bytes_max', 'What the spool may hold on disk.')
  const setAside = gauge('set_aside_files', 'Files that cannot be replayed and are set aside.')
  const databaseUp = new Gauge({
    name: 'mesher_database_up',
    help: '1 while the database takes events, 0 while they are spooled.',
    registers: [registry]
  })
  let oldestAt: number | null = null
  registry.registerMetric(
    new Gauge({
      name: 'mesher_spool_oldest_seconds',
      help: 'Age of the oldest file of the spool: how far its replay is behind. 0 when it is empty.',
      registers: [],
      collect() {
        this.set(oldestAt === null ? 0 : Math.max(0, Date.now() - oldestAt) / 1_000)
      }
    })
  )
  accepting.set(1)
  databaseUp.set(1)
  return (figures: SpoolFigures) => {
    accepting.set(figures.accepting ? 1 : 0)
    files.set(figures.files)
    bytes.set(figures.bytes)
    bytesMax.set(figures.bytesMax)
    setAside.set(figures.setAside)
    databaseUp.set(figures.outage === null ? 1 : 0)
    oldestAt = figures.files === 0 ? null : (figures.oldestAt ?? null)
  }
}

function showEdge(registry: Registry): Metrics['edge'] {
  const gauge = (name: string, help: string) => new Gauge({ name: `mesher_${name}`, help, registers: [registry] })
  const counter = (name: string, help: string) =>
    new Counter({ name: `mesher_${name}_total`, help, registers: [registry] })
  const pending = gauge('http_pending_requests', 'Requests that wait for their fate.')
  const waitingBytes = gauge('http_waiting_body_bytes', 'Bytes of bodies that are being read.')
  const sockets = gauge('sockets', 'WebSockets that are open.')
  const slowDashboards = counter('slow_dashboards', 'How often a dashboard began to read too slowly.')
  const connectionsRefused = counter('connections_refused', 'Connections closed because the limit of files is near.')
  const aborted = counter('http_aborted', 'Clients that left before their answer.')
  const timedOut = counter('http_timed_out', 'Requests that waited until the deadline.')
  const late = counter('http_late_replies', 'Replies that nobody waited for any more.')
  const responses = new Counter({
    name: 'mesher_http_responses_total',
    help: 'Answers by status.',
    labelNames: ['status'],
    registers: [registry]
  })
  return (figures: EdgeFigures) => {
    pending.set(figures.pending)
    waitingBytes.set(figures.waitingBytes)
    sockets.set(figures.sockets)
    setTo(slowDashboards, figures.slowDashboards)
    setTo(connectionsRefused, figures.connectionsRefused)
    setTo(aborted, figures.aborted)
    setTo(timedOut, figures.timedOut)
    setTo(late, figures.late)
    setAll(responses, Object.entries(figures.answered))
  }
}

/**
 * Processes that share a label, such as the sockets, are shown together: their number, all their mail, the oldest mail
 * of any.
 */
function watchProcesses({ processes, restarts, deadLetters, leads }: MetricsSources, registry: Registry): void {
  const byProcess = { labelNames: ['process'], registers: [] }
  registry.registerMetric(
    new Gauge({
      name: 'mesher_processes',
      help: 'Processes that are alive.',
      ...byProcess,
      collect() {
        setAll(
          this,
          byLabel(processes(), (count = 0) => count + 1)
        )
      }
    })
  )
  registry.registerMetric(
    new Gauge({
      name: 'mesher_mailbox_messages',
      help: 'Messages that wait in mailboxes.',
      ...byProcess,
      collect() {
        setAll(
          this,
          byLabel(processes(), (sum = 0, { mailboxLength }) => sum + mailboxLength)
        )
      }
    })
  )
  registry.registerMetric(
    new Gauge({
      name: 'mesher_mailbox_oldest_seconds',
      help: 'Age of the oldest message in a mailbox.',
      ...byProcess,
      collect() {
        setAll(
          this,
          byLabel(processes(), (oldest = 0, { mailboxOldestMs }) => Math.max(oldest, mailboxOldestMs / 1_000))
        )
      }
    })
  )
  registry.registerMetric(
    new Counter({
      name: 'mesher_restarts_total',
      help: 'Restarts of children by their supervisors.',
      labelNames: ['child'],
      registers: [],
      collect() {
        setAll(this, restarts())
      }
    })
  )
  registry.registerMetric(
    new Gauge({
      name: 'mesher_leader',
      help: '1 where the node does this work for the cluster. No node with a 1 means that nobody does it.',
      labelNames: ['work'],
      registers: [],
      collect() {
        for (const [work, isLeading] of leads()) this.set({ work }, isLeading ? 1 : 0)
      }
    })
  )
  registry.registerMetric(
    new Counter({
      name: 'mesher_dead_letters_total',
      help: 'Messages that reached nobody.',
      registers: [],
      collect() {
        setTo(this, deadLetters())
      }
    })
  )
}

type Figure = ReturnType<MetricsSources['processes']>[number]

function byLabel(
  processes: readonly Figure[],
  add: (value: number | undefined, process: Figure) => number
): Map<string, number> {
  const values = new Map<string, number>()
  for (const process of processes) values.set(process.label, add(values.get(process.label), process))
  return values
}

function setTo(counter: Counter, count: number): void {
  counter.reset()
  counter.inc(count)
}

/** Replaces the whole family, so that what no longer exists is no longer shown. */
function setAll(family: Counter | Gauge, values: Iterable<readonly [string, number]>): void {
  family.reset()
  for (const [value, count] of values) family.labels(value).inc(count)
}
