/** The settings as flags of a command, and from the flags that were given to the Config. */
import { Option, type Command } from 'commander'
import { loadConfig, settingNames, settingsTable, type Config, type Flags } from '../../schema/config.ts'
import type { CommandName } from '../../schema/setting.ts'
import { exitCodes } from './exit-codes.ts'
import { CommandFailed } from './failure.ts'

/** Adds a flag for every setting that the command reads; `command` may be one of several with that name's settings. */
export function addSettings(command: Command, usedBy: CommandName): Command {
  for (const name of settingNames) {
    const setting = settingsTable[name]
    if (!setting.usedBy.includes(usedBy) || setting.flag === null) continue
    const flags = setting.alias === undefined ? setting.flag : `${setting.alias}, ${setting.flag}`
    const otherwise = setting.default === null || setting.default === '' ? '' : `, default: ${setting.default}`
    command.addOption(new Option(`${flags} <value>`, `${setting.description} (env: ${setting.env}${otherwise})`))
  }
  return command
}

/**
 * The settings from a command's options and the environment. Warnings go to standard error; bad values end the command.
 */
export function configOf(options: Readonly<Record<string, unknown>>): Config {
  const loaded = loadConfig(flagsOf(options), process.env)
  for (const warning of loaded.warnings) console.error(`mesher: ${warning}`)
  if (loaded.ok) return loaded.config

  const lines = loaded.errors.map(({ message }) => `  ${message}`)
  throw new CommandFailed(
    `${lines.length === 1 ? 'a setting is' : `${lines.length} settings are`} not allowed\n${lines.join('\n')}`,
    { exitCode: exitCodes.usage }
  )
}

function flagsOf(options: Readonly<Record<string, unknown>>): Flags {
  return Object.fromEntries(
    settingNames.flatMap(name => {
      const text = options[name]
      return typeof text === 'string' ? [[name, text]] : []
    })
  )
}
