/** What is said of rules for grouping. */
import { counted, exact } from '../../../lib/format.ts'

export const texts = {
  about: 'Which events are one issue. Rules hold for events that come from now on; issues that are there stay.',
  fingerprintRules: 'Fingerprint rules',
  fingerprintHint: 'A rule a line. The first that matches gives the fingerprint, unless the event brings its own.',
  stackRules: 'Stack-trace rules',
  stackHint: 'A rule a line, from top to bottom over all frames: which are of the application, and which count.',
  wrongAt: (line: number, column: number, why: string) => `Line ${line}, column ${column}: ${why}`,

  preview: {
    do: 'Preview',
    label: 'Preview',
    waiting: 'Grouping the last 1,000 events by these rules…',
    about: 'What these rules would do to the last 1,000 events. Nothing is changed.',
    noEvents: 'The project has no events yet. Send some, and the preview shows what rules do to them.',
    lookedAt: (events: number) => `Looked at the last ${counted(events, 'event')}.`,
    lookedAtAll: (events: number) => `Looked at the last ${counted(events, 'event')}: all there are.`,
    tooMuch: (events: number) => `Looked at the last ${counted(events, 'event')}: more would be too much to read.`,
    tooLong: (events: number) => `Looked at the last ${counted(events, 'event')}: more would take too long.`,
    changed: 'Events grouped otherwise',
    changedOf: (changed: number, events: number) => `${exact(changed)} of ${exact(events)}`,
    issues: 'Issues',
    split: 'Would be split',
    joined: 'Would be joined',
    line: (line: number, events: number) => `line ${line}: ${events === 0 ? 'does nothing' : counted(events, 'event')}`,
    noChange: 'No event would be grouped otherwise.',
    changes: 'Issues that would change',
    change: (events: number, effect: string) => `${counted(events, 'event')} · ${effect}`,
    moreGroups: (groups: number) => `and ${counted(groups, 'more group')}`
  },

  effects: {
    splitAndJoined: (groups: number) => `Split into ${groups}, joined with others`,
    split: (groups: number) => `Split into ${groups}`,
    joined: 'Joined with others',
    new: 'A new issue for the same events'
  },
  group: {
    new: (events: number) => `${counted(events, 'event')}, a new issue`,
    there: (events: number) => `${counted(events, 'event')}, the issue that is there`,
    inBrackets: (group: string) => `(${group})`,
    together: (group: string, others: number) => `${group}, together with ${counted(others, 'other issue')}`
  },

  help: {
    title: 'How rules are written',
    fingerprintExamples: 'examples of fingerprint rules',
    fingerprintComments: { one: 'all of these are one issue', each: 'one issue for each tenant, with a title' },
    stackExamples: 'examples of stack-trace rules',
    stackComments: {
      notApplication: 'not of the application, and not counted',
      nearest: 'only the three frames nearest to the crash'
    },
    ofException: 'of the exception',
    ofFrame: 'of a frame',
    frameMatchers: 'stack.function, stack.module, stack.abs_path, stack.package, app (yes or no), family',
    ofEvent: 'of the event',
    matching:
      'All matchers of a rule must hold, those of a frame for the same frame; `!` before a name negates. `*` is any ' +
      'text, `?` one character, `[a-z]` one of these, `{a,b}` either; in paths `*` stops at `/` and `**` does not. ' +
      'Patterns with spaces stand in quotes. Stack-trace rules look at frames and their exception alone.',
    acting:
      '`+app`, `-app`: is of the application, or not. `+group`, `-group`: counts, or not. `^` before them means the ' +
      'frames nearer to the crash, `v` those further from it.'
  }
}
