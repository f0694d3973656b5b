/**
 * One node of a start with several workers. It gets its configuration from the process that starts it, and ends at once
 * when that process is gone; acknowledged events are durable then. Signals of the terminal are for that process, which
 * stops its workers in order.
 */
import { formatReason } from '../mesh/index.ts'
import { createLog } from '../services/machine/log.ts'
import { loadMesher } from '../supervisors/load.ts'
import type { FromWorker, ToWorker, WorkerStart } from './support/workers.ts'
import { exitCodes } from './support/exit-codes.ts'

let stop: (() => void) | undefined

process.on('disconnect', () => process.exit(exitCodes.failed))
process.on('SIGINT', () => {})
process.on('SIGTERM', () => stop?.())
process.on('message', (message: ToWorker) => {
  if (message.type === 'stop') stop?.()
  else run(message).catch(fail)
})

async function run({ config, workers, version, pretty, dashboardFolder }: WorkerStart): Promise<void> {
  const log = createLog({ level: config.logLevel, pretty }).child({ node: config.nodeName })
  process.on('uncaughtException', error => {
    log.error({ err: error }, 'an error escaped every process; ending')
    process.exit(exitCodes.gaveUp)
  })
  const { startMesher } = await loadMesher()
  const running = await startMesher(config, { log, version, workers, dashboardFolder })
  let isStopping = false
  stop = () => {
    if (isStopping) return
    isStopping = true
    running.stop().then(() => process.exit(exitCodes.ok), fail)
  }
  running.exited.then(reason => {
    if (isStopping) return
    log.error(`the worker gave up: ${formatReason(reason)}`)
    process.exit(exitCodes.gaveUp)
  }, fail)
  tell({ type: 'ready' })
}

function tell(message: FromWorker): void {
  process.send?.(message)
}

function fail(error: unknown): void {
  console.error(error)
  process.exit(exitCodes.failed)
}
