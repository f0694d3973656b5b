/** What is said of scrubbing. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  about: 'Holds for events that come from now on. What was scrubbed is gone: it is never stored.',
  enabled: 'Scrub secrets',
  enabledAbout:
    'Values of fields with names like password, token or cookie become [Filtered], and so do card numbers, bank ' +
    'accounts, keys, tokens and passwords inside of texts.',
  disabledAbout: 'Nothing is scrubbed: passwords and tokens are stored as they come.',
  fields: 'More fields to scrub',
  fieldsHint: 'One a line: a name, or a part of one. Letters and digits count alone, in any case.',
  safeFields: 'Safe fields',
  safeFieldsHint: 'One a line: the whole name of a field whose value is stored as it comes, whatever it holds.',
  wrongName: (name: string, why: string) => `“${name}” ${why}`,
  ip: 'IP addresses of users',
  ips: { keep: 'Keep them', drop: 'Drop them' },
  ipHints: {
    keep: 'They are stored with the user of an event.',
    drop: 'They are taken out. Users who have nothing else are then not counted apart.'
  },

  rules: {
    title: 'What is always removed',
    about: 'While secrets are scrubbed, from the events of every project.',
    names: 'The values of fields, by their names',
    like: (examples: readonly string[]) => `Like ${examples.map(example => `\`${example}\``).join(', ')}`,
    values: 'Inside of texts, whatever their names',
    anywhere: (names: string) => `names that hold ${names}`,
    whole: (names: string) => `the names ${names}`,
    parts: (names: string) => `names with ${names} as a part`,
    lastParts: (names: string) => `names that end with ${names} as a part`,
    all: (rules: readonly string[]) => {
      const text = rules.join('; ')
      return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
    }
  },

  trial: {
    title: 'Try it on an event',
    about: 'With the settings above, saved or not. The event is shown as it would be stored, and is not stored.',
    event: 'Event, as JSON',
    sentBy: 'Sent by',
    formats: { event: "Mesher's own API", sentry: 'An SDK of Sentry' },
    try: 'Try it',
    back: 'Back to the example',
    wrongAt: (line: number, column: number, why: string) => `Line ${line}, column ${column}: ${why}`,
    before: 'Before',
    after: 'After: what is stored',
    asJson: (title: string) => `${title}, as JSON`,
    removed: (values: number) =>
      values === 0 ? 'Nothing is removed from this event.' : `${counted(values, 'value')} removed.`,
    reasons: 'What was removed, and why',
    reason: '{path}: {reason}',
    listed: (values: number) => `The first ${values} are listed and marked.`
  }
}
