/** What the inbox of feedback says. */
export const texts = {
  title: 'Feedback',
  byState: 'Feedback by state',
  tabs: { open: 'Open', resolved: 'Resolved', spam: 'Spam', all: 'All' },
  failed: 'The feedback could not be loaded',
  empty: {
    open: {
      title: 'Nothing to answer',
      about: 'What people write through the feedback form of an SDK comes up here.'
    },
    resolved: {
      title: 'Nothing is resolved yet',
      about: 'Feedback that somebody has dealt with is kept here.'
    },
    spam: { title: 'No spam', about: 'What was marked as spam is kept here.' },
    all: {
      title: 'Nobody has written yet',
      about: 'The SDKs of Sentry have a form for it: the feedback widget, showReportDialog, or captureFeedback.'
    }
  },

  card: {
    anonymous: 'Anonymous',
    states: { open: 'open', resolved: 'resolved', spam: 'spam' },
    noWords: 'Without words.',
    noEvent: 'Its event is unknown, or gone',
    changed: {
      open: 'opened again by {person} {time}',
      resolved: 'resolved by {person} {time}',
      spam: 'marked as spam by {person} {time}'
    },
    somebodyGone: 'somebody who has left',
    reply: 'Reply',
    replyTo: (who: string) => `Reply to ${who}`,
    replySubject: 'Your feedback',
    resolve: 'Resolve',
    resolveOf: (who: string) => `Resolve the feedback of ${who}`,
    spam: 'Spam',
    spamOf: (who: string) => `The feedback of ${who} is spam`,
    openAgain: 'Open again',
    openAgainOf: (who: string) => `Open the feedback of ${who} again`
  },

  done: {
    open: (who: string) => `Opened again: feedback of ${who}`,
    resolved: (who: string) => `Resolved: feedback of ${who}`,
    spam: (who: string) => `Marked as spam: feedback of ${who}`,
    somebody: 'somebody',
    failed: 'The feedback was not changed.'
  }
}
