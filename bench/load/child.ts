/**
 * The process that makes the load, so that its processor time can be measured apart. It is started by `startLoad`, gets
 * its options as the first message, and ends with its report or when its parent is gone.
 */
import { startGenerator, type Generator } from './generator.ts'
import { closeJournal, openJournal } from './journal.ts'
import { buildMix } from './mix.ts'
import { buildRequests } from './requests.ts'
import { buildSdkMix } from './sdk-mix.ts'
import { createTally, progressOf, reportOf } from './tally.ts'
import type { FromChild, LoadOptions, ToChild } from './types.ts'

/** Enough for each of the 1,000 issues to be there by its share. */
const poolEvents = 8_192
/** Issues of the mix of SDKs are drawn within each kind. */
const sdkPoolEvents = 4_000
const progressMs = 500

let prepared: (() => Generator) | undefined
let running: Generator | undefined

process.on('disconnect', () => process.exit(1))
process.on('uncaughtException', fail)
process.on('message', (message: ToChild) => {
  switch (message.type) {
    case 'prepare':
      prepared = prepare(message.options)
      return tell({ type: 'ready' })
    case 'start':
      running = prepared?.()
      return
    case 'stop':
      running?.stop()
  }
})

function prepare(options: LoadOptions): () => Generator {
  const about = { seed: options.seed ?? 1, projects: options.keys.length, nowMs: Date.now() }
  const mix = options.sdkMix
    ? buildSdkMix({ ...about, count: sdkPoolEvents })
    : buildMix({ ...about, count: poolEvents, asSdks: options.asSdks ?? false })
  const pool = buildRequests({
    mix,
    host: new URL(options.url).host,
    keys: options.keys,
    run: options.run,
    envelopesTo: options.envelopesTo
  })
  const journal = openJournal(options.journalPath)
  const tally = createTally(options.run, journal)

  return () => {
    const generator = startGenerator(options, pool, tally, { onWindow: state => tell({ type: 'window', state }) })
    const before = { acknowledged: 0, atMs: performance.now() }
    const ticking = setInterval(() => {
      const nowMs = performance.now()
      const seconds = (nowMs - before.atMs) / 1_000
      tell({
        type: 'progress',
        progress: progressOf(tally, { acknowledged: before.acknowledged, seconds }, generator.connected())
      })
      before.acknowledged = tally.acknowledged
      before.atMs = nowMs
    }, progressMs)

    generator.done
      .then(() => {
        clearInterval(ticking)
        closeJournal(journal)
        tell({ type: 'report', report: reportOf(tally, pool.bodyBytesMean, options.journalPath) }, () =>
          process.exit(0)
        )
      })
      .catch(fail)
    return generator
  }
}

function tell(message: FromChild, then: () => void = () => {}): void {
  process.send?.(message, then)
}

function fail(error: Error): void {
  tell({ type: 'failed', message: error.stack ?? error.message }, () => process.exit(1))
}
