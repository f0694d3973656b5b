/** What the explanation of a grouping says, which is loaded when it is opened. */
import { counted } from '../../../lib/format.ts'

export const texts = {
  failed: 'The grouping could not be explained',
  issue: (shortId: string, title: string) => `${shortId}: ${title}`,
  rule: (rule: string, version: string) => `Rule “${rule}”, version ${version}.`,
  sides: 'On the left stands what was sent, on the right what counts of it.',
  fingerprintRule: 'Fingerprint rule that matched',
  stackRule: 'Stack rule that changed frames',
  parts: 'Parts of the fingerprint',
  fingerprint: 'Fingerprint',
  copyFingerprint: 'Copy the fingerprint',
  part: (position: number) => `Part ${position}`,
  partByDefault: 'what the event says by itself, below',
  variable: (name: string, value: string) => `${name} is ${value}`,
  template: 'Template',
  message: 'Message',
  exception: 'Exception',
  noType: 'Exception without a type',
  typeCounts: 'type counts',
  typeDoesNotCount: 'its type does not count: nobody threw it',
  framesOf: (type: string) => `Frames of ${type}`,
  framesThatCount: 'Frames that count',

  change: { sent: 'sent: ', countsAs: 'counts as: ', nothing: 'nothing' },

  trace: {
    choices: {
      in_app: 'Frames of the application count.',
      not_machinery: 'No frame is marked as of the application, so all count but those of SDKs and runtimes.',
      all: 'No frame is of the application, so all count.'
    },
    ofThread: 'They are those of its thread.',
    counts: 'Counts',
    rule: 'Rule:',
    byRule: 'it counts because a rule of the project says so',
    others: (count: number, why: string) => `${counted(count, 'frame')}: ${why}`,
    nameless: 'a frame without a name',
    frame: (name: string, place: string) => `${name} (${place})`,
    labels: { module: 'Module', file: 'File', image: 'Image' },
    function: 'Function',
    line: 'Line',
    keepsFolder: 'its folder is kept: the name alone says nothing'
  },

  leftOut: (what: string) => `left out: ${what}`,
  leftOutKinds: {
    generated: 'what compilers, bundlers and runtimes generate',
    nameless: 'it names nothing',
    folders: 'folders',
    query: 'host and query',
    content_hash: 'the hash of its content',
    case: 'upper case',
    spaces: 'spaces',
    cut: 'what is beyond the length that counts',
    minified: 'it is of minified code',
    changing: 'what changes from event to event'
  },
  frames: {
    counts: 'counts',
    repeats: 'recursion: counts once',
    outside_recursion: 'outside of the recursion',
    beyond: 'too far from the crash',
    not_in_app: 'not of the application',
    machinery: 'of an SDK, or of how panics and processes work',
    says_nothing: 'says nothing',
    left_out_by_rule: 'left out by a rule of the project'
  },
  exceptions: {
    counts: 'counts',
    older: 'does not count: too far down the chain',
    group: 'does not count: it holds the others',
    cause_of_member: 'does not count: what caused a member is left to it',
    same_type: 'does not count: another member has its type'
  }
}
