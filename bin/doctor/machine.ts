/** Checks of the machine: the version of Node.js, what will serve HTTP, the limit of open files. */
import { chooseTransport } from '../../edge/transport/choose.ts'
import { transportTitles, type TransportName } from '../../schema/transports.ts'
import { isStartError } from '../../services/database/start-error.ts'
import { sentenceOf } from '../support/failure.ts'
import { findingsOf, type Finding } from './finding.ts'

const clientsMin = 900

/** `range` is package.json's `engines.node`, of the form `>=20.19`. */
export function checkNode(version: string, range: string): Finding {
  const { ok, fail } = findingsOf('Node.js')
  const [, leastMajor = 0, leastMinor = 0] = (/^>=(\d+)\.(\d+)$/.exec(range) ?? []).map(Number)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = major > leastMajor || (major === leastMajor && minor >= leastMinor)
  if (fits) return ok(`${version} on ${process.platform} ${process.arch}`)
  return fail(
    `${version} is not supported: Mesher needs ${range}`,
    'Install Node.js 22 or 24 (nodejs.org, or your system\'s packages) and run "npm ci" again.'
  )
}

/** Few descriptors: clients beyond them are refused. `clientsMax` is what is left for clients. */
export function checkDescriptors(clientsMax: number): Finding {
  const { ok, warn } = findingsOf('open files')
  if (clientsMax === Infinity) return ok('no limit is known')
  if (clientsMax >= clientsMin) return ok(`enough for ${clientsMax} clients`)
  return warn(
    `enough for ${clientsMax} clients at the same time, more are refused`,
    'Raise the limit: LimitNOFILE=65536 for a service, "ulimit -n 65536" in a shell. Here it is that of this command.'
  )
}

/** What will serve HTTP, as `mesher start` chooses it. */
export async function checkTransport(wanted: TransportName | null, workers: number): Promise<Finding> {
  const { ok, fail } = findingsOf('HTTP server')
  try {
    const { transport, why } = await chooseTransport(wanted, workers > 1)
    return ok(`${transportTitles[transport.name]}: ${why}`)
  } catch (error) {
    return fail(sentenceOf(error), isStartError(error) ? error.hint : '')
  }
}
