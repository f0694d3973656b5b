/** What the parts of an event say, which are loaded beside the page. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  stack: {
    title: 'Stack trace',
    allFrames: 'All frames',
    inAppFrames: 'In-app frames',
    oldestFirst: 'Oldest first',
    newestFirst: 'Newest first',
    mapped: 'With source maps',
    asSent: 'As sent',
    frames: 'Frames',
    text: 'Text',
    copy: 'Copy the stack trace',
    code: 'the stack trace',
    mapsCameLater: 'Source maps came after this event: it is shown with them, but was grouped without.',
    minified: (frames: number, why: string) => `${counted(frames, 'frame')} minified: ${why}.`,
    find: 'Find in variables',
    causedBy: 'Caused by',
    unhandled: 'unhandled',
    thisError: 'this error from this function',
    framesOf: (type: string) => `Frames of ${type}`,
    framesOfNone: 'Frames of the stack trace',
    none: 'It came without a stack trace.',
    threads: 'Threads',
    crashed: 'crashed',
    framesOfThread: (thread: string) => `Frames of thread ${thread}`
  },

  frames: {
    folded: (count: number) => counted(count, 'library frame'),
    noVariable: 'No variable here has it.',
    registers: 'Registers'
  },

  frame: {
    inApp: 'in app',
    openInEditor: 'Open in the editor',
    openInRepository: (path: string) => `Open ${path} in its repository`,
    ofBranch: (path: string) => `${path} of the branch: lines may have moved`,
    copy: 'Copy this frame',
    notMapped: (why: string) => `Not mapped: ${why}.`,
    source: (name: string) => `Source around ${name}`
  },

  suspects: {
    title: 'Suspect commits',
    reasons: {
      '': 'They changed files of this stack trace, in the release in which the issue began:',
      no_release: 'The events of this issue name no release, so it is not known with which one it began.',
      no_commits: 'Nobody told the commits of the release in which it began: sentry-cli releases set-commits does.',
      no_frames: 'This event has no stack trace.',
      no_match: 'No commit of the release in which it began changed a file of these frames.'
    },
    noMessage: 'No message',
    nobody: 'Nobody named',
    open: (sha: string) => `Open ${sha} in its repository`
  },

  breadcrumbs: {
    title: 'Breadcrumbs',
    type: 'Type',
    allTypes: 'All types',
    level: 'Level',
    allLevels: 'All levels',
    none: 'No breadcrumb of these types and levels',
    last: (count: number) => `Show the last ${count} only`,
    all: (count: number) => `Show all ${count}`
  },

  facts: {
    tags: 'Tags',
    issuesWith: (key: string, value: string) => `Issues with ${key}: ${value}`,
    request: 'Request',
    copyCurl: 'Copy as curl',
    requestLists: { query_string: 'Query', headers: 'Headers', cookies: 'Cookies', env: 'Environment' },
    body: 'Body',
    bodyCode: 'the body of the request',
    user: 'User',
    message: 'Message',
    csp: 'Content security policy',
    contexts: 'Contexts',
    extra: 'Additional data',
    packages: 'Packages',
    feedback: 'Feedback',
    anonymous: 'Anonymous',
    notes: 'What was changed on the way in',
    raw: 'Raw JSON',
    copyJson: 'Copy JSON',
    loadRaw: 'Load the event as it was stored'
  },

  delete: {
    title: 'Delete this event?',
    about: 'Every count will be as if it had never been. This cannot be undone.',
    aboutLast: 'It is the last event of its issue, which goes too. This cannot be undone.',
    confirm: 'Delete the event',
    done: 'The event is deleted. Charts follow in a moment.'
  }
}
