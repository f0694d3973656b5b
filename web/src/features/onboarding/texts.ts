/** What is said on the way to a project's first event. */
import { counted } from '../../lib/format.ts'

export const texts = {
  title: (project: string) => `Get started with ${project}`,
  about: 'Send the first event: it takes two minutes, and an SDK of Sentry or plain HTTP.',
  toIssues: 'To the issues',
  skip: 'Skip for now',

  firstEvent: {
    label: 'First event',
    arrive: 'Events arrive',
    isThere: 'It works: the first event is there',
    open: 'Open the issue',
    waiting: 'Waiting for the first event…',
    waitingAbout: 'Leave this page open: it notices by itself.',
    refused: (reasons: readonly string[]) =>
      `Something was sent and refused in the last 24 hours: ${reasons.join(', ')}.`,
    times: (count: number, reason: string) => `${counted(count, 'time')} ${reason}`,
    nothing:
      'Nothing has reached this server with a key of the project yet. Can the machine that sends reach the host of ' +
      'the DSN? Is the DSN the whole line? Does the program live long enough to send (`flush`)?'
  },

  noKey: {
    title: 'There is no key',
    about: 'Nothing can be sent without one. {link}, then come back.',
    link: 'Make a client key'
  },

  dsn: {
    title: '1. Take the DSN',
    about: 'It says where to send, and to which project. It is no secret.',
    label: 'DSN'
  },

  snippets: '2. Choose what sends',

  test: {
    title: '3. Or try it at once',
    about: 'Paste it into a terminal on any machine that reaches this server.',
    label: 'curl line',
    send: 'Send a test event',
    sent: 'Sent: a test event at level info, in the environment “test”.',
    refused: 'The test event was not taken.'
  }
}
