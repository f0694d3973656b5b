/** What the page of alerts says. Sentences of rules stand in words/texts.ts: another page has them too. */
import { counted } from '../../lib/format.ts'

export const texts = {
  title: 'Alerts',
  tabs: { firing: 'Firing', history: 'History', rules: 'Rules' },
  whoIsTold: 'Who is told what',
  newRule: 'New rule',
  newAlertRule: 'New alert rule',
  noRules: {
    title: 'There are no alert rules yet',
    about: 'A rule tells you when something new breaks, comes back, or happens too often.',
    make: 'Make the first rule'
  },

  list: {
    titles: { active: 'Needs somebody', acknowledged: 'Somebody looks after it', resolved: 'Resolved' },
    all: 'All alerts',
    acknowledgeAll: 'Acknowledge all',
    resolveAll: 'Resolve all',
    acknowledged: (count: number) => `Acknowledged ${counted(count, 'alert')}`,
    resolved: (count: number) => `Resolved ${counted(count, 'alert')}`,
    notAll: 'Not all alerts were changed.',
    never: 'No alert has fired yet',
    neverAbout: 'What fires is kept here, with who looked after it and how its notifications fared.',
    quiet: 'All quiet',
    quietAbout: 'Nothing fires. Alerts come up here the moment that they do.'
  },

  row: {
    states: { active: 'firing', acknowledged: 'acknowledged', resolved: 'resolved' },
    what: (rule: string, issue: string) => `${rule}, ${issue}`,
    details: (what: string) => `Details of ${what}`,
    failing: 'its notifications fail',
    fired: 'fired {time}',
    acknowledged: 'acknowledged {time}',
    acknowledgedBy: 'acknowledged by {person} {time}',
    resolvedByItself: 'resolved by itself {time}',
    resolvedBy: 'resolved by {person} {time}',
    acknowledge: 'Acknowledge',
    acknowledgeIt: (what: string) => `Acknowledge ${what}`,
    resolve: 'Resolve',
    resolveIt: (what: string) => `Resolve ${what}`,
    notAcknowledged: 'The alert was not acknowledged.',
    notResolved: 'The alert was not resolved.'
  },

  deliveries: {
    label: 'Deliveries',
    none: 'Nobody was notified: the rule had no targets. The alert was shown here and on the live stream.',
    states: { waiting: 'waiting', delivered: 'delivered', failed: 'failed', dropped: 'dropped' },
    resolution: 'resolution',
    attempts: (count: number) => counted(count, 'attempt'),
    together: (count: number) => `told of ${count} alerts together`,
    next: 'next {time}',
    allAttempts: 'Attempts'
  },

  rules: {
    label: 'Alert rules',
    isOn: (rule: string) => `${rule} is on`,
    off: 'off',
    sentence: (rule: string, atMost: string) => `When ${rule}, ${atMost}.`,
    noTargets: 'Shown here alone',
    neverFired: 'never fired',
    lastFired: 'last fired {time}',
    retried: 'The last notification has failed and is tried again ({time}): {reason}',
    givenUp: 'The last notification was given up ({time}): {reason}',
    nothingToTest: 'It has no targets to send a test to',
    test: 'Test',
    testIt: (rule: string) => `Send a test of ${rule}`,
    edit: 'Edit',
    editIt: (rule: string) => `Edit ${rule}`,
    more: (rule: string) => `More of ${rule}`,
    delete: 'Delete the rule',
    deleteTitle: 'Delete this rule?',
    deleteAbout: (rule: string) => `“${rule}” will not fire any more. Alerts that it has fired stay in the history.`,
    deleted: (rule: string) => `Deleted the rule “${rule}”. Its alerts stay.`,
    notChanged: 'The rule was not changed.'
  },

  recipients: {
    label: (rule: string) => `No mail by ${rule} yet`,
    notAsked: 'gets mail once asked and confirmed',
    asked: 'waiting for confirmation, asked {time}',
    ask: 'Ask',
    askAgain: 'Send again',
    askThem: (email: string) => `Ask ${email} by mail`,
    wasAsked: (email: string) => `Asked ${email} by mail once more.`,
    notSent: 'The mail was not sent.'
  },

  editor: {
    edit: 'Edit alert rule',
    name: 'Name',
    nameExample: 'Checkout fails',
    saveNew: 'Make the rule',
    saveAndTest: 'Save and test',
    saved: (rule: string) => `Saved “${rule}”.`,
    savedNew: (rule: string) => `“${rule}” watches from now on.`,
    units: { minutes: 'minutes', hours: 'hours', days: 'days' },
    when: 'When',
    condition: 'Condition',
    moreThan: 'more than',
    count: { events: 'Number of events', users: 'Number of users' },
    counted: 'What is counted',
    countedOptions: { events: 'events come in', users: 'users are affected in' },
    window: 'Length of the window',
    windowUnit: 'Unit of the window',
    scope: 'Counted in',
    scopes: { project: 'in the whole project', issue: 'in one issue' },
    and: 'and',
    increase: 'Percent more than in the window before',
    increaseAfter: '% more than before',
    any: 'any',
    includeArchived: 'with archived issues',
    in: 'In',
    environment: 'Environment',
    anyEnvironment: 'any environment',
    at: 'at',
    level: 'Level',
    levels: {
      '': 'any level',
      fatal: 'level fatal',
      error: 'level error or worse',
      warning: 'level warning or worse',
      info: 'level info or worse',
      debug: 'level debug or worse'
    },
    with: 'with',
    tag: 'Tag',
    anyTag: 'any tag, or key:value',
    matching: 'matching',
    search: 'Search',
    anyEvent: 'any event, or a search',
    olderThan: 'of issues older than',
    age: 'Age of the issue',
    ageUnit: 'Unit of the age',
    then: 'Then',
    atMost: 'At most',
    every: 'every',
    pause: 'Length of the pause',
    pauseUnit: 'Unit of the pause',
    pausePerProject: 'for the project',
    pausePerIssue: 'for each issue'
  },

  targets: {
    label: 'Targets',
    none: 'show it here, and tell',
    add: (channel: string) => `Add ${channel}`,
    address: (channel: string) => `${channel} address`,
    stored: 'Stays as it is stored. Type a whole new one to change it.',
    fallback: (hint: string, fallback: string) => `${hint} ${fallback} unless given.`,
    addressExample: 'https://',
    emailExample: 'you@example.com',
    preview: (channel: string) => `Preview of ${channel}`,
    request: (channel: string) => `request to ${channel}`,
    remove: (position: number, channel: string) => `Remove target ${position}: ${channel}`
  },

  test: {
    title: 'Test of a rule',
    about: (rule: string) => `A test of “${rule}” is sent once to each target, mail to you alone; nothing fires.`,
    failed: 'The test could not be sent',
    sending: 'Sending…',
    noTargets: 'The rule has no targets: there is nobody to tell.',
    resultOk: (detail: string) => `Delivered: ${detail}`,
    resultFailed: (detail: string) => `Failed: ${detail}`,
    again: 'Send again',
    done: 'Done'
  }
}
