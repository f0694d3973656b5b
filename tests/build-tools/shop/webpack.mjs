import { sentryWebpackPlugin } from '@sentry/webpack-plugin'
import webpack from 'webpack'

const compiler = webpack({
  mode: 'production',
  entry: './src/main.js',
  devtool: 'source-map',
  output: { filename: 'assets/[name].[contenthash].js', clean: true },
  plugins: [sentryWebpackPlugin({ telemetry: false })]
})
compiler.run((error, stats) => {
  console.log(String(error ?? stats))
  process.exitCode = error || stats.hasErrors() ? 1 : 0
})
