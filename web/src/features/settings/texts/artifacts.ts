/** What is said of source maps and debug files. */
import { bytes, counted } from '../../../lib/format.ts'

export const texts = {
  about: 'Scripts with their source maps, and debug files, as builds have uploaded them.',
  usage: (files: number, size: number, sizeMax: number, days: number) =>
    `${counted(files, 'file')} ${files === 1 ? 'takes' : 'take'} ${bytes(size)} of ${bytes(sizeMax)}. What was not ` +
    `used for ${days} days goes.`,
  none: 'Nothing was uploaded',
  noneAbout: 'Upload source maps in your build, and stack traces show your own files, lines and functions.',
  byDebugId: 'By debug id',
  files: (count: number) => counted(count, 'file'),
  proguard: 'ProGuard',
  notApplied: 'not applied yet',
  notAppliedAbout: 'Stored, and not applied to events yet',
  refused: 'refused',
  beingRead: 'being read',
  upload: '{name}, {size}, uploaded {time}',
  more: 'More',
  delete: 'Delete this upload',
  deleteTitle: 'Delete this upload?',
  deleteAbout: 'Its files are not used any more: stack traces show the code as it was shipped.',
  deleteConfirm: 'Delete',

  build: {
    title: 'In your build',
    about: "sentry-cli and Sentry's plugins for Vite, webpack, Rollup and esbuild work as they are.",
    commands: 'commands',
    tokenNote: 'an API token with the scope ci',
    token: "It takes an API token with the scope `ci`, which your account's page makes."
  }
}
