/**
 * FiguresTeller answers with the figures of its node: workers of one start share a port, so whichever is asked for the
 * figures asks all of them.
 */
import type { Behaviour } from '../../mesh/types.ts'
import type { FiguresTellerMessage } from './messages.ts'

export type FiguresTellerOptions = { text: () => Promise<string> }

export function figuresTeller({ text }: FiguresTellerOptions): Behaviour<FiguresTellerMessage, null> {
  return {
    init: () => null,
    handle: (state, message, self) => {
      if (message.type === 'told') self.reply(message.replyTo, message.text)
      // Who asks gives up after a while by itself.
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
