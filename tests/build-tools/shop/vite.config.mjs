import { sentryVitePlugin } from '@sentry/vite-plugin'

// Its sources are outside the root, as packages of a workspace are.
export default {
  root: 'page',
  build: { sourcemap: 'hidden', outDir: '../dist' },
  plugins: [sentryVitePlugin({ telemetry: false, sourcemaps: { filesToDeleteAfterUpload: 'dist/**/*.map' } })]
}
