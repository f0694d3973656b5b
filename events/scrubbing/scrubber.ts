/**
 * How a project's events are scrubbed: by names of fields, and by what texts hold. A field whose name is safe keeps its
 * value, whatever that is.
 */
import type { ProjectSettings } from '../../schema/pipeline.ts'
import { isCount, isFolder, nothing, safeNames, secretNames, type IsSecret } from './names.ts'
import { withoutSecrets } from './texts.ts'

export type Scrubber = {
  isSecret: IsSecret
  isSafe: IsSecret
  /** The text without the secrets in it; the same text when there are none. */
  text: (text: string) => string
}

export const noScrubber: Scrubber = { isSecret: nothing, isSafe: nothing, text: text => text }

export function scrubberOf({ enabled, fields, safeFields = [] }: ProjectSettings['scrub']): Scrubber {
  if (!enabled) return noScrubber
  return fields.length === 0 && safeFields.length === 0 ? byDefault : scrubberWith(fields, safeFields)
}

const byDefault = scrubberWith([], [])

function scrubberWith(fields: readonly string[], safeFields: readonly string[]): Scrubber {
  const isSecret = secretNames(fields, safeFields)
  return { isSecret, isSafe: safeNames(safeFields), text: text => withoutSecrets(text, isSecret) }
}

/** Whether the value of a field is a secret by the field's name. */
export function isSecretField(name: string, value: unknown, { isSecret }: Scrubber): boolean {
  if (!isSecret(name) || isCount(name, value)) return false
  return !(typeof value === 'string' && isFolder(name, value))
}
