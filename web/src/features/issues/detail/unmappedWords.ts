/** Why a frame shows minified code, and what to do about it. */

export type Unmapped = { why: string; remedy: string }

const words: Readonly<Record<string, Unmapped>> = {
  no_debug_id: {
    why: 'no debug id and no release',
    remedy:
      'The event names neither a debug id nor a release, so no source map can be found for it. Build with a bundler ' +
      'plugin, or run “sentry-cli sourcemaps inject” before the upload; or give the SDK the release of the upload.'
  },
  not_uploaded: {
    why: 'no source map uploaded',
    remedy:
      'Nothing has been uploaded for this script. Upload it with its map when you build, with the token of the ' +
      'project’s settings. Without debug ids, release, distribution and address must be those of the upload.'
  },
  no_mapping: {
    why: 'no ProGuard mapping uploaded',
    remedy:
      'The names of this build are shortened, and its mapping has not been uploaded. Upload the mapping.txt of this ' +
      'very build with “sentry-cli upload-proguard”.'
  },
  evaluated: {
    why: 'code made at run time',
    remedy:
      'This code was made while the application ran: by eval, new Function, a blob or an injected script, which may ' +
      'have named itself (//# sourceURL). Nothing can be uploaded for it. Load it from a file that the build makes ' +
      'with its map; or, if this is a file, let the SDK send its whole address (see RewriteFrames) or a debug id.'
  },
  no_reference: {
    why: 'uploaded without its map',
    remedy:
      'The script has been uploaded, but neither a map nor a reference to one. Turn source maps on in the bundler, ' +
      'and upload the .map files with the scripts.'
  },
  not_in_map: {
    why: 'place is not in the map',
    remedy:
      'The map has nothing for this line and column: it is of another build, or something changed the script after ' +
      'it was bundled. Upload what is deployed, with debug ids.'
  },
  map_broken: {
    why: 'source map is broken',
    remedy: 'What was uploaded cannot be read as a source map or a mapping. Upload it again from the build.'
  },
  map_too_large: {
    why: 'source map is too large',
    remedy: 'The map has more than 64 MiB, or takes more memory or time than a map may. Split the bundle into chunks.'
  },
  deadline: {
    why: 'source map was not ready in time',
    remedy: 'The map could not be read in time when this event came. Open the event again in a moment.'
  }
}

/** Null for what is no reason. A reason of a newer server is told by its name. */
export function unmappedOf(reason: unknown): Unmapped | null {
  if (typeof reason !== 'string') return null
  return words[reason] ?? { why: reason, remedy: 'No source map was applied to this frame.' }
}
