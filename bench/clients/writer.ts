/**
 * The process that writes through one client while its connections are ended. Sixteen writers go on for `durationMs`; a
 * promise that takes longer than `patienceMs` stays open, and its writer goes on with the next transaction. Errors
 * outside every promise are counted here instead of ending the process, so that one does not hide the others. The
 * report comes when all promises are settled, or `settleMsMax` after the last one was begun.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openers } from './clients.ts'
import type { FromWriter, Way, WriterOptions, WriterReport } from './types.ts'

const writers = 16
const patienceMs = 2_000
const pauseAfterErrorMs = 5

const report: WriterReport = {
  acknowledged: { statements: [], copy: [] },
  rejected: { statements: 0, copy: 0 },
  hanging: { statements: 0, copy: 0 },
  uncaught: [],
  unhandled: []
}
let transactions = 0

process.on('disconnect', () => process.exit(1))
process.on('uncaughtException', error => {
  report.uncaught.push(error.message)
})
process.on('unhandledRejection', reason => {
  report.unhandled.push(reason instanceof Error ? reason.message : String(reason))
})
process.once('message', (options: WriterOptions) => {
  writeAll(options)
    .then(() => tell({ type: 'report', report }, () => process.exit(0)))
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
})

function tell(message: FromWriter, then: () => void = () => {}): void {
  process.send?.(message, then)
}

async function writeAll({ client, url, durationMs, settleMsMax }: WriterOptions): Promise<void> {
  const write = openers[client](url)
  const stopAt = performance.now() + durationMs
  const open = new Set<Promise<void>>()

  async function writeOn(): Promise<void> {
    while (performance.now() < stopAt) {
      const transaction = transactions++
      const way: Way = transaction % 2 === 0 ? 'statements' : 'copy'
      report.hanging[way] += 1
      const settled = Promise.resolve(transaction)
        .then(write[way])
        .then(
          () => {
            report.acknowledged[way].push(transaction)
          },
          async () => {
            report.rejected[way] += 1
            await sleep(pauseAfterErrorMs)
          }
        )
        .finally(() => {
          report.hanging[way] -= 1
          open.delete(settled)
        })
      open.add(settled)
      await Promise.race([settled, sleep(patienceMs, undefined, { ref: false })])
    }
  }

  await Promise.all(Array.from({ length: writers }, writeOn))
  tell({ type: 'written' })
  await Promise.race([Promise.all(open), sleep(settleMsMax)])
}
