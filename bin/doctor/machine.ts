/** Checks of the machine: the version of Node.js, the native HTTP server that must fit it, the limit of open files. */
import { sentenceOf } from '../support/failure.ts'
import { findingsOf, type Finding } from './finding.ts'

const clientsMin = 900

/** `range` is package.json's `engines.node`, of the form `>=20.19 <23`. */
export function checkNode(version: string, range: string): Finding {
  const { ok, fail } = findingsOf('Node.js')
  const [, leastMajor = 0, leastMinor = 0, below = 0] = (/^>=(\d+)\.(\d+) <(\d+)$/.exec(range) ?? []).map(Number)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const fits = (major > leastMajor || (major === leastMajor && minor >= leastMinor)) && major < below
  if (fits) return ok(`${version} on ${process.platform} ${process.arch}`)
  return fail(
    `${version} is not supported: Mesher needs ${range}`,
    'Install Node.js 22 (nodejs.org, or your system\'s packages) and run "npm ci" again.'
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

export async function checkHttpServer(): Promise<Finding> {
  const { ok, fail } = findingsOf('uWebSockets.js')
  try {
    await import('../../edge/uws.ts')
    return ok(`loads (ABI ${process.versions.modules})`)
  } catch (error) {
    const hint =
      'Run "npm ci" with the Node.js that runs Mesher. ' +
      'On Linux it needs glibc: Alpine does not have it, Debian and Ubuntu do.'
    return fail(
      `does not load with Node.js ${process.versions.node} (ABI ${process.versions.modules}): ${sentenceOf(error)}`,
      hint
    )
  }
}
