/** The settings of the backups that servers make by themselves, as part of the table of all settings. */
import * as v from 'valibot'
import { duration, filePath, wholeNumber } from './config-values.ts'
import type { Setting } from './setting.ts'

const hourMs = 60 * 60 * 1_000

export const backupSettings = {
  backupDir: {
    schema: v.nullable(filePath),
    flag: '--backup-dir',
    env: 'MESHER_BACKUP_DIR',
    default: null,
    allowed: 'the path of a folder',
    description:
      'Folder where the node that leads maintenance makes backups; it is made when it does not exist. Without it ' +
      'none are made. Several nodes should share it.',
    secret: false,
    usedBy: ['start', 'doctor']
  },
  backupEvery: {
    schema: duration(hourMs, 60 * 24 * hourMs),
    flag: '--backup-every',
    env: 'MESHER_BACKUP_EVERY',
    default: '1d',
    allowed: 'a time from 1h to 60d: a whole number of hours or days with h or d',
    description: 'How old the last backup may become before the next one is made.',
    secret: false,
    usedBy: ['start', 'doctor']
  },
  backupKeep: {
    schema: wholeNumber(1, 1_000),
    flag: '--backup-keep',
    env: 'MESHER_BACKUP_KEEP',
    default: '7',
    allowed: 'a whole number from 1 to 1000',
    description: 'How many backups stay in the folder. Older ones are removed after a new one was made.',
    secret: false,
    usedBy: ['start', 'doctor']
  }
} as const satisfies Record<string, Setting>
