/**
 * Messages to dashboards as frames, encoded once for all that get them. In tests and `npm run dev` a message that is
 * not of the protocol's form throws, which ends the process that sends it.
 */
import { checkSchema, checksSchemas } from '../../schema/checked.ts'
import { serverMessageSchema, type ServerMessage } from '../../schema/stream.ts'

let isChecked: boolean | undefined

export function frameOf(message: ServerMessage): Buffer {
  isChecked ??= checksSchemas()
  if (isChecked) checkSchema(serverMessageSchema, message, `a message ${message.type} to dashboards`)
  return Buffer.from(JSON.stringify(message))
}
