import { sentryVitePlugin } from '@sentry/vite-plugin'

export default {
  build: { sourcemap: 'hidden' },
  plugins: [sentryVitePlugin({ telemetry: false, sourcemaps: { filesToDeleteAfterUpload: 'dist/**/*.map' } })]
}
