/** Checks of the backups that servers make: is there one, and is it new enough? */
import type { Config } from '../../schema/config.ts'
import { keptBackups } from '../../services/backup/scheduled.ts'
import { sentenceOf } from '../support/failure.ts'
import { ago, bytesText } from '../support/tables.ts'
import { findingsOf, type Finding } from './finding.ts'

export async function checkBackups({
  backupDir,
  backupEvery
}: Pick<Config, 'backupDir' | 'backupEvery'>): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('backups')
  if (backupDir === null) return ok('servers make none: MESHER_BACKUP_DIR is not set')
  try {
    const kept = await keptBackups(backupDir)
    const [last] = kept
    const hint = 'The log of the server that leads maintenance says why. "mesher backup" makes one by hand.'
    if (last === undefined) return warn(`there is none in ${backupDir} yet`, hint)
    const text = `${kept.length} in ${backupDir}, the last from ${ago(new Date(last.madeAt), new Date())}`
    // One may be under way.
    if (Date.now() - last.madeAt > 2 * backupEvery) return fail(text, hint)
    return ok(`${text} (${bytesText(last.bytes)})`)
  } catch (error) {
    return fail(`${backupDir} cannot be read: ${sentenceOf(error)}`, 'A running server makes the folder; see its log.')
  }
}
