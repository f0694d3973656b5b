/**
 * Notifier delivers notifications from the queue in the database: it claims what is due, has it sent, and writes down
 * how that ended. At most `inFlightMax` are on their way at once, and a few of any project, so that one whose targets
 * do not answer keeps no other waiting. What it was doing when it ended is due again a moment later.
 */
import { pipeToSelf } from '../../mesh/index.ts'
import type { Behaviour, Self } from '../../mesh/types.ts'
import type { DeliveryResult } from '../../schema/alerts.ts'
import type { Log } from '../../schema/log.ts'
import type { Delivery } from '../../services/alerts/deliveries.ts'
import type { NotifierMessage } from './messages.ts'

type State = {
  /** Projects of the deliveries that are on their way, by the delivery's id. */
  inFlight: Map<string, number>
  claiming: boolean
  isFailing: boolean
}

export type NotifierOptions = {
  claim: (options: { max: number; busy: number[] }) => Promise<Delivery[]>
  /** Never rejects. */
  send: (delivery: Delivery) => Promise<DeliveryResult>
  /** Answers true when the delivery was given up. */
  settle: (delivery: Delivery, result: DeliveryResult) => Promise<boolean>
  inFlightMax: number
  /** A project with so many on their way gets no more for the moment. */
  ofProjectMax: number
  pollMs: number
  log: Log
}

type NotifierSelf = Self<NotifierMessage>

export function notifier(options: NotifierOptions): Behaviour<NotifierMessage, State> {
  return {
    init: self => {
      self.sendEvery({ type: 'poll' }, options.pollMs)
      return claim({ inFlight: new Map(), claiming: false, isFailing: false }, options, self)
    },
    handle: (state, message, self) => {
      switch (message.type) {
        case 'poll':
          return claim(state, options, self)
        case 'claimed':
          return deliver(state, message.deliveries, options, self)
        case 'ended':
          state.inFlight.delete(message.delivery.notification.deliveryId)
          return state
        case 'broke':
          throw message.error
        case 'failed':
          return failed(state, message.error, options)
      }
    }
  }
}

function claim(state: State, options: NotifierOptions, self: NotifierSelf): State {
  const max = options.inFlightMax - state.inFlight.size
  if (state.claiming || max <= 0) return state
  pipeToSelf(
    self,
    options.claim({ max, busy: busyProjects(state, options) }),
    deliveries => ({ type: 'claimed', deliveries }),
    error => ({ type: 'failed', error })
  )
  return { ...state, claiming: true }
}

function busyProjects({ inFlight }: State, { ofProjectMax }: NotifierOptions): number[] {
  const counts = new Map<number, number>()
  for (const project of inFlight.values()) counts.set(project, (counts.get(project) ?? 0) + 1)
  return [...counts].flatMap(([project, count]) => (count >= ofProjectMax ? project : []))
}

function deliver(state: State, deliveries: Delivery[], options: NotifierOptions, self: NotifierSelf): State {
  if (state.isFailing) options.log.info('notifications are delivered again')
  for (const delivery of deliveries) {
    state.inFlight.set(delivery.notification.deliveryId, delivery.projectId)
    pipeToSelf(
      self,
      deliverOne(delivery, options),
      () => ({ type: 'ended', delivery }),
      error => ({ type: 'broke', error })
    )
  }
  return { ...state, claiming: false, isFailing: false }
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
    log.warn({ err: error }, 'how a delivery ended cannot be written down; it will be repeated')
  }
}

function failed(state: State, error: unknown, { log }: NotifierOptions): State {
  if (!state.isFailing) log.warn({ err: error }, 'notifications cannot be read from the queue; they wait there')
  return { ...state, claiming: false, isFailing: true }
}
