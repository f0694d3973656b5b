/**
 * How a process waits for a promise without blocking its mailbox: the result or the error comes back as a message to
 * the process itself. When the process has ended meanwhile, the message becomes a dead letter.
 */
import type { Self } from '../types.ts'
import { errorText } from './exit-reason.ts'

/** Sends what `onResult` or `onError` makes of the outcome. A throw in either is a crash of the process. */
export function pipeToSelf<Message, Result, const Done extends Message, const Failed extends Message>(
  self: Self<Message>,
  promise: Promise<Result>,
  onResult: (result: Result) => Done,
  onError: (error: unknown) => Failed
): void {
  promise
    .then(
      result => self.cast(self.pid, onResult(result)),
      (error: unknown) => self.cast(self.pid, onError(error))
    )
    .catch((error: unknown) => self.exit(self.pid, { error: errorText(error) }))
}
