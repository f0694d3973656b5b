/**
 * The floor of `bench/edge`: uWebSockets.js that reads a body to its end and replies 202 with a few bytes, and nothing
 * else. Environment: FLOOR_PORT.
 */
import { loadUws } from '../../edge/transport/uws-binary.ts'

const port = Number(process.env.FLOOR_PORT)
const body = '{"id":"00000000-0000-7000-8000-000000000000","outcome":"stored"}'

const app = loadUws().App()
app.get('/readyz', res => {
  res.end('{}')
})
app.post('/api/v1/events', res => {
  res.onAborted(() => {})
  res.onData((_, isLast) => {
    if (isLast) {
      res.cork(() => {
        res.writeStatus('202 Accepted')
        res.writeHeader('Content-Type', 'application/json')
        res.end(body)
      })
    }
  })
})
app.listen('127.0.0.1', port, 0, () => {})

process.once('SIGTERM', () => process.exit(0))
