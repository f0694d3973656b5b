/** What one setting of Mesher consists of, and the commands that may read it. */
import type * as v from 'valibot'

export const commandNames = [
  'start',
  'migrate',
  'project',
  'issues',
  'events',
  'send',
  'doctor',
  'user',
  'tail',
  'seed',
  'nodes',
  'processes',
  'retention',
  'spool',
  'person',
  'artifacts',
  'backup',
  'restore',
  'upgrade-data'
] as const
export type CommandName = (typeof commandNames)[number]

export type Setting = {
  /** From the text of a flag or variable to the value. */
  schema: v.GenericSchema<string | null, unknown>
  /**
   * Null for what must not be an argument of a program, where everybody on the machine can read it, and for variables
   * that all programs share.
   */
  flag: string | null
  /** A shorter flag for the same. */
  alias?: string
  env: string
  /** As it would be written; null where the description says what happens without one. */
  default: string | null
  /** Completes the sentence "Allowed is …". */
  allowed: string
  description: string
  /** Never shown or logged, and may come from a file. */
  secret: boolean
  usedBy: readonly CommandName[]
}
