/**
 * The floor of `bench/stream`: uWebSockets.js that publishes ready frames to topics, the same events in the same frames
 * as Mesher sends them, and nothing else. A client names its topic by subscribing as to Mesher. Environment:
 * STREAM_PORT, STREAM_RATE (events a second).
 */
import { loadUws } from '../../edge/transport/uws-binary.ts'
import { benchEvent, environments, pace } from '../stream/events.ts'

type Shown = {
  id: string
  issue_id: string
  title: string
  level: string
  environment: string
  release: string
  received_at: string
}

const frameMs = 50
const waiting = new Map(environments.map(environment => [environment, [] as Shown[]]))
const app = loadUws().App()
let seq = 0

app.get('/readyz', res => {
  res.end('{}')
})
app.ws('/api/v1/stream', {
  message: (ws, message) => {
    const [environment = ''] = JSON.parse(Buffer.from(message).toString()).filters.environment
    ws.subscribe(environment)
    ws.send('{"type":"subscribed","project":"1","seq":"floor-0"}', false)
  }
})
app.listen('127.0.0.1', Number(process.env.STREAM_PORT), 0, () => {})

pace(Number(process.env.STREAM_RATE), count => {
  for (let index = 0; index < count; index++) {
    const { id, issueId, title, level, environment, receivedAt } = benchEvent()
    waiting.get(environment)?.push({
      id,
      issue_id: issueId,
      title,
      level,
      environment,
      release: '',
      received_at: new Date(receivedAt).toISOString()
    })
    seq += 1
  }
})
setInterval(() => {
  for (const [environment, events] of waiting) {
    if (events.length === 0) continue
    waiting.set(environment, [])
    app.publish(environment, JSON.stringify({ type: 'events', project: '1', seq: `floor-${seq}`, events }), false)
  }
}, frameMs)
process.once('SIGTERM', () => process.exit(0))
