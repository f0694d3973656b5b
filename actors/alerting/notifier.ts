/**
 * Notifier delivers notifications from the queue in the database: it claims those that are due, sends them, and records
 * the result of each. At most `inFlightMax` are being sent at once, and at most `ofProjectMax` of one project, so that
 * slow targets of one project do not hold up the others. What was being sent when this process ends becomes due again
 * in the database.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour } from '../../mesh/types.ts'
import type { DeliveryResult } from '../../schema/alerts.ts'
import type { Log } from '../../schema/log.ts'
import type { Delivery } from '../../services/alerts/deliveries.ts'
import { periodic, type PeriodicSelf, type PeriodicState } from '../behaviours/periodic.ts'
import type { DeliveryEnd, NotifierMessage } from './messages.ts'

/** Projects of the deliveries that are being sent, by the delivery's id. */
type InFlight = Map<string, number>

export type NotifierOptions = {
  claim: (options: { max: number; busy: number[] }) => Promise<Delivery[]>
  /** Never rejects. */
  send: (delivery: Delivery) => Promise<DeliveryResult>
  /** Returns true when the delivery was given up. */
  settle: (delivery: Delivery, result: DeliveryResult) => Promise<boolean>
  inFlightMax: number
  /** Nothing more is claimed of a project with so many in flight. */
  ofProjectMax: number
  tickMs: number
  log: Log
}

export function notifier(options: NotifierOptions): Behaviour<NotifierMessage, PeriodicState<InFlight>> {
  const { start, handle } = periodic<InFlight, Delivery[], DeliveryEnd>({
    work: inFlight => claim(inFlight, options),
    done: (inFlight, deliveries, self) => deliver(inFlight, deliveries, options, self),
    tickMs: options.tickMs,
    failing: 'notifications cannot be read from the queue; they wait there',
    working: 'notifications are delivered again',
    log: options.log
  })
  return {
    init: self => start(new Map(), self),
    handle: (state, message, self) => {
      if (message.type === 'broke') throw message.error
      if (message.type !== 'ended') return handle(state, message, self)
      state.own.delete(message.delivery.notification.deliveryId)
      return state
    }
  }
}

function claim(inFlight: InFlight, { claim, inFlightMax, ofProjectMax }: NotifierOptions): Promise<Delivery[]> | null {
  const max = inFlightMax - inFlight.size
  return max <= 0 ? null : claim({ max, busy: busyProjects(inFlight, ofProjectMax) })
}

function busyProjects(inFlight: InFlight, ofProjectMax: number): number[] {
  const counts = new Map<number, number>()
  for (const project of inFlight.values()) counts.set(project, (counts.get(project) ?? 0) + 1)
  return [...counts].flatMap(([project, count]) => (count >= ofProjectMax ? project : []))
}

function deliver(
  inFlight: InFlight,
  deliveries: Delivery[],
  options: NotifierOptions,
  self: PeriodicSelf<Delivery[], DeliveryEnd>
): InFlight {
  for (const delivery of deliveries) {
    inFlight.set(delivery.notification.deliveryId, delivery.projectId)
    pipeToSelf(
      self,
      deliverOne(delivery, options),
      () => ({ type: 'ended', delivery }),
      error => ({ type: 'broke', error })
    )
  }
  return inFlight
}

async function deliverOne(delivery: Delivery, { send, settle, log }: NotifierOptions): Promise<void> {
  const { action, attempt, projectId, notification } = delivery
  const result = await send(delivery)
  try {
    const isGivenUp = await settle(delivery, result)
    const about = { project: projectId, rule: notification.rule.id, delivery: notification.deliveryId }
    if (isGivenUp) {
      log.warn(about, `a notification by ${action.type} was given up after ${attempt} attempts: ${result.detail}`)
    }
  } catch (error) {
    log.warn({ err: error }, 'the result of a delivery cannot be recorded; the delivery will be repeated')
  }
}
