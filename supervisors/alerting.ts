/**
 * Alerting. One node of a cluster, which holds the lease, evaluates rules, delivers notifications and ends archives.
 * Every node tells its own dashboards.
 */
import { alertEvaluator } from '../actors/alerting/alert-evaluator.ts'
import { alertWatcher } from '../actors/alerting/alert-watcher.ts'
import { notifier } from '../actors/alerting/notifier.ts'
import { spikeDetector } from '../actors/alerting/spike-detector.ts'
import { names } from '../actors/names.ts'
import type { StreamNews } from '../actors/streaming/messages.ts'
import { worker } from '../mesh/index.ts'
import type { ChildSpec, ListSpec } from '../mesh/types.ts'
import { claimDeliveries, settleDelivery } from '../services/alerts/deliveries.ts'
import { changedAlerts, changedMax } from '../services/alerts/fired.ts'
import { mailGate } from '../services/alerts/mail-gate.ts'
import { sender, type Send } from '../services/alerts/send-notification.ts'
import { mailer, type SendMail } from '../services/machine/mail.ts'
import { evaluateThresholds } from '../services/alerts/thresholds.ts'
import { handleTransitions } from '../services/alerts/transitions.ts'
import type { Lease } from '../services/database/leases.ts'
import { endArchives } from '../services/issues/archive-ends.ts'
import { leadership, type LeadershipDeps } from './leadership.ts'
import type { NodeParts } from './node-parts.ts'

const pollMs = 1_000
const evaluateMs = 30_000
const archivesMs = 60_000

export type AlertingDeps = LeadershipDeps &
  Pick<NodeParts, 'sql' | 'apiSql' | 'mesh' | 'wallNow'> & {
    /** Null without a mail server. */
    sendMail: SendMail | null
    /** Sends one notification to one target. */
    sendNotification: Send
    /** Tells dashboards on all nodes. */
    tellStream: (news: StreamNews) => void
  }

export function alertingDeps(
  { leaseSql, config, now, clock, wallNow, log, sql, apiSql, mesh }: NodeParts,
  tellStream: AlertingDeps['tellStream']
): AlertingDeps {
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  const sendMail = config.smtpUrl === null ? null : mailer({ smtpUrl: config.smtpUrl, publicUrl })
  return {
    leaseSql,
    config,
    now,
    clock,
    log,
    sql,
    apiSql,
    mesh,
    tellStream,
    wallNow,
    sendMail,
    sendNotification: mailGate({
      sql: apiSql,
      send: sender({
        allowPrivate: config.webhookAllowPrivate,
        sendMail,
        proxy: config.httpsProxy === null ? null : { url: config.httpsProxy, except: config.noProxy },
        publicUrl
      }),
      now: wallNow
    })
  }
}

export function alerting(deps: AlertingDeps): ListSpec {
  return {
    id: 'alerting',
    strategy: 'one_for_one',
    maxRestarts: 10,
    withinMs: 60_000,
    children: [
      { id: 'alert-watcher', name: names.alertWatcher, start: () => worker(watcher(deps)) },
      { id: 'alerts', start: () => leadership('alerts', deps, lease => work(lease, deps)) }
    ]
  }
}

function work(lease: Lease, { sql, log, mesh, wallNow, sendNotification, tellStream }: AlertingDeps): ChildSpec[] {
  return [
    {
      id: 'alert-evaluator',
      name: names.alertEvaluator,
      start: () =>
        worker(
          alertEvaluator({
            handleTransitions: () => handleTransitions(sql, lease, { now: wallNow() }),
            evaluateThresholds: async () => {
              await evaluateThresholds(sql, lease, { now: wallNow() })
            },
            pollMs,
            tickMs: evaluateMs,
            log
          })
        )
    },
    {
      id: 'notifier',
      name: names.notifier,
      start: () =>
        worker(
          notifier({
            claim: options => claimDeliveries(sql, lease, { now: wallNow(), ...options }),
            send: ({ action, notification }) => sendNotification(action, notification),
            settle: (delivery, result) => settleDelivery(sql, delivery, result, wallNow()),
            inFlightMax: 16,
            ofProjectMax: 4,
            tickMs: pollMs,
            log
          })
        )
    },
    {
      id: 'spike-detector',
      name: names.spikeDetector,
      start: () =>
        worker(
          spikeDetector({
            detect: () => endArchives(sql, lease, { now: wallNow() }),
            onEscalated: ({ projectId, issueIds }) => {
              log.info({ project: projectId, issues: issueIds }, 'archived issues came back')
              tellStream({ type: 'issues_changed', projectId, action: 'escalated', issueIds })
              mesh.cast(names.alertEvaluator, { type: 'hint' })
            },
            tickMs: archivesMs,
            log
          })
        )
    }
  ]
}

/** `backMs` is longer than any transaction that fires takes to commit. */
function watcher({ apiSql, mesh, log }: AlertingDeps) {
  return alertWatcher({
    read: after => changedAlerts(apiSql, after),
    tell: ({ projectId, item }) => {
      mesh.cast(names.streamManager, {
        type: 'publish',
        projectId,
        message: { type: 'alert', project: String(projectId), alert: item }
      })
    },
    tickMs: pollMs,
    backMs: 10_000,
    readMax: changedMax,
    log
  })
}
