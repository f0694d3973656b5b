import { sentryEsbuildPlugin } from '@sentry/esbuild-plugin'
import { build } from 'esbuild'

await build({
  entryPoints: ['src/main.js'],
  bundle: true,
  minify: true,
  sourcemap: true,
  outdir: 'dist/assets',
  entryNames: '[name]-[hash]',
  plugins: process.argv.includes('without-plugin') ? [] : [sentryEsbuildPlugin({ telemetry: false })]
})
