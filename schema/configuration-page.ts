/**
 * docs/configuration.md, written from the table of settings. `npm run docs` writes it; a test fails when it is out of
 * date.
 */
import { settingNames, settingsTable, type SettingName } from './config.ts'

const introduction = `# Configuration

<!-- Written by \`npm run docs\` from schema/config.ts. Change that file, not this page. -->

Every setting is a flag and an environment variable. A setting that must not be an argument of a program is a variable
only. A flag beats its variable; an empty variable counts as not set. Mesher reads no configuration file. At the start
all bad values are refused at once, with what is allowed. A variable that begins with \`MESHER_\` and is no setting
causes a warning.

A secret may also be in a file: put the file's path into the variable whose name ends with \`_FILE\`
(\`DATABASE_URL_FILE=/run/secrets/database\`). Secrets are never logged.

\`\`\`sh
npm start -- --port 9000 --data /var/lib/mesher
MESHER_PORT=9000 DATABASE_URL=postgres://mesher:secret@db.internal/mesher npm start
\`\`\`
`

export function configurationPage(): string {
  const rows = settingNames.map(name => {
    const { flag, env, default: otherwise } = settingsTable[name]
    const shownFlag = flag === null ? 'only as a variable' : `\`${flag}\``
    return `| [${shownFlag}](#${anchorOf(name)}) | \`${env}\` | ${shownDefault(otherwise)} |`
  })
  const table = ['| flag | variable | default |', '|---|---|---|', ...rows].join('\n')
  return [introduction, table, ...settingNames.map(section)].join('\n\n').replaceAll(/\n{3,}/g, '\n\n') + '\n'
}

function section(name: SettingName): string {
  const { flag, alias, env, default: otherwise, allowed, description, secret, usedBy } = settingsTable[name]
  const shownAlias = alias === undefined ? '' : ` or \`${alias}\``
  const shownFlag = flag === null ? 'Variable' : `Flag \`${flag}\`${shownAlias}, variable`
  const shownFile = secret ? `, file in \`${env}_FILE\`; a secret` : ''
  return [
    `## ${name}`,
    description,
    [
      `* ${shownFlag} \`${env}\`${shownFile}`,
      `* Default: ${shownDefault(otherwise)}`,
      `* Allowed: ${allowed}`,
      `* Read by: ${usedBy.map(command => `\`mesher ${command}\``).join(', ')}`
    ].join('\n')
  ].join('\n\n')
}

function shownDefault(text: string | null): string {
  if (text === null) return 'none'
  return text === '' ? 'empty' : `\`${text}\``
}

function anchorOf(name: SettingName): string {
  return name.toLowerCase()
}
