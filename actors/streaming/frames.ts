/**
 * Encodes messages to dashboards as frames, once for all receivers. In tests and `npm run dev` a message that does not
 * match the schema of the protocol throws, which is a crash of the sender.
 */
import { checkSchema, checksSchemas } from '../../schema/checked.ts'
import { serverMessageSchema, type ServerMessage } from '../../schema/stream.ts'

let isChecked: boolean | undefined

export function frameOf(message: ServerMessage): Buffer {
  isChecked ??= checksSchemas()
  if (isChecked) checkSchema(serverMessageSchema, message, `a message ${message.type} to dashboards`)
  return Buffer.from(JSON.stringify(message))
}
