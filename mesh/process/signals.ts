/** Decides what a process does with mail of the runtime: hand it to `info` as a signal, end, or ignore it. */
import { condemn } from './ending.ts'
import { linkedReason } from './exit-reason.ts'
import { takeLink } from './links.ts'
import { takeMonitor } from './monitors.ts'
import { samePid } from './pid.ts'
import type { Process, Runtime, SystemMail } from './runtime.ts'
import type { Signal } from '../types.ts'

type Exit = Extract<SystemMail, { type: 'exit' }>
type Down = Extract<SystemMail, { type: 'down' }>

export function takeSignal(runtime: Runtime, process: Process, mail: SystemMail): Signal | undefined {
  switch (mail.type) {
    case 'exit':
      return takeExit(process, mail)
    case 'down':
      return takeDown(runtime, process, mail)
    case 'started':
    case 'timeout':
    case 'nodeup':
    case 'nodedown':
    case 'name_won':
    case 'name_lost':
      return mail
  }
}

function takeDown({ name }: Runtime, process: Process, { monitor, pid, reason }: Down): Signal | undefined {
  if (!takeMonitor(process, monitor)) return undefined
  return { type: 'down', ref: { node: name, monitor }, pid, reason }
}

function takeExit(process: Process, exit: Exit): Signal | undefined {
  const { pid, reason, cause } = exit
  if (cause === 'link' && !takeLink(process, pid)) return undefined
  if (isTrapped(process, exit)) return { type: 'exit', pid, reason }

  if (reason !== 'normal') condemn(process, cause === 'link' ? linkedReason(pid, reason) : reason)
  return undefined
}

/** Only a process with a lifecycle of its own can trap the exit of its parent. */
function isTrapped({ trapsExits, parent, behaviour }: Process, exit: Exit): boolean {
  if (!trapsExits) return false
  const fromParent = parent !== undefined && samePid(exit.pid, parent)
  return !fromParent || exit.reason === 'normal' || behaviour.lifecycle === 'own'
}
