import { nodeResolve } from '@rollup/plugin-node-resolve'
import { sentryRollupPlugin } from '@sentry/rollup-plugin'
import { transform } from 'esbuild'

const minify = {
  name: 'minify',
  renderChunk: async code => await transform(code, { minify: true, sourcemap: true, sourcefile: 'main.js' })
}

export default {
  input: 'src/main.js',
  output: { dir: 'dist/assets', entryFileNames: '[name]-[hash].js', sourcemap: true },
  plugins: [nodeResolve({ browser: true }), minify, sentryRollupPlugin({ telemetry: false })]
}
