/** The names that bundlers give to sources, as the paths that people know. */

/**
 * `webpack://shop/./src/cart.js?a1b2` → `src/cart.js`, `../../src/cart.js` → `src/cart.js`,
 * `http://host/@fs/srv/shop/src/cart.js` → `/srv/shop/src/cart.js`.
 */
export function sourcePath(source: string): string {
  const path = source
    .replace(/[?#].{0,200}$/, '')
    .replace(/^(?:webpack|webpack-internal|turbopack|rsc|ng|app):\/\/(?:[^/]{0,200}\/)?/, '')
    .replace(/^(?:https?|file|capacitor):\/\/[^/]{0,300}\//, '/')
    .replace(/^\/?@fs\//, '/')
    .replace(/^\[project\]\//, '')
  return path.replace(/^(?:\.{0,2}\/){0,50}(?=[^/])/, leading => (/^\/+$/.test(leading) ? leading : ''))
}

/** What bundlers add themselves, and what was installed, is not of the application. */
const ofOthers = new RegExp(
  [
    '(?:^|/)node_modules/',
    '(?:^|/)webpack/(?:bootstrap|runtime|universalModuleDefinition)|^\\(webpack\\)',
    '^(?:/~/|~/)',
    '^\\0|^(?:vite|rollup)/|(?:^|/)@sentry(?:-internal)?/|(?:^|/)vite/(?:preload-helper|modulepreload-polyfill)'
  ].join('|')
)

export function isOfOthers(path: string): boolean {
  return ofOthers.test(path)
}
