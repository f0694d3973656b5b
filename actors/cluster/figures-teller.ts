/**
 * FiguresTeller replies with the figures of its node. Workers of one start share a port, so the worker that gets a
 * request for the figures asks all the others. When the figures cannot be made there is no reply; the caller has a
 * timeout.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { FiguresTellerMessage } from './messages.ts'

export type FiguresTellerOptions = { text: () => Promise<string> }

export function figuresTeller({ text }: FiguresTellerOptions): Behaviour<FiguresTellerMessage, null> {
  return {
    init: () => null,
    handle: (state, message, self) => {
      if (message.type === 'told') self.reply(message.replyTo, message.text)
      // No message on an error: the caller has a timeout.
      else {
        text().then(
          told => self.cast(self.pid, { type: 'told', replyTo: message.replyTo, text: told }),
          () => {}
        )
      }
      return state
    }
  }
}
