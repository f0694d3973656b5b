/**
 * `mesher user`: makes users, sets new passwords, deletes and lists users. For operators: it needs the database, not an
 * account.
 */
import { InvalidArgumentError, Option, type Command } from 'commander'
import * as v from 'valibot'
import { emailGiven } from '../schema/api/accounts.ts'
import { roles, type Role } from '../schema/api/common.ts'
import { migrate } from '../services/database/migrations.ts'
import { makeUser, removeUser, resetPassword } from '../services/cli/operator-users.ts'
import { hashPassword } from '../services/machine/passwords.ts'
import { ensureDefaults } from '../services/accounts/projects.ts'
import { listUsers, type UserListed } from '../services/accounts/users.ts'
import { withDatabase, withMigratedDatabase } from './support/database.ts'
import { choosePassword, type ChosenPassword } from './support/password.ts'
import { addSettings, configOf } from './support/settings.ts'
import { lookOf, tableOf, type Look } from './support/tables.ts'

type CreateFlags = { email: string; name?: string; organization?: string; role: Role; admin?: boolean; json?: boolean }
type Flags = { json?: boolean }

export function addUser(program: Command): void {
  const user = program.command('user').description('Make users, give them new passwords, delete and list them.')

  const create = user
    .command('create')
    .description('Make a user. The first one owns the first organization and is instance admin.')
    .requiredOption('--email <address>', 'the address to log in with', emailAddress)
    .option('--name <name>', 'name for people')
    .option('--organization <slug>', 'the organization to belong to (default: the oldest)')
    .addOption(new Option('--role <role>', 'role in it').choices(roles).default('member'))
    .option('--admin', 'make it an instance admin, who sees how the servers do')
    .option('--json', 'print the user as JSON, with a random password')
    .action(runCreate)
  addSettings(create, 'user').addHelpText(
    'after',
    `
The password is asked for at a terminal; otherwise a random one is printed, once.

Examples:
  mesher user create --email ada@example.com --role owner
  mesher user create --email ci@example.com --organization acme --json`
  )

  const reset = user
    .command('reset-password')
    .description('Give a user a new password; their sessions and API tokens end.')
    .argument('<email>', 'the address they log in with', emailAddress)
    .option('--json', 'print a random password as JSON')
    .action(runReset)
  addSettings(reset, 'user').addHelpText(
    'after',
    `
Examples:
  mesher user reset-password ada@example.com`
  )

  const remove = user
    .command('delete')
    .description('Delete an account. What the user did and wrote stays, without a name.')
    .argument('<email>', 'the address they log in with', emailAddress)
    .option('--json', 'print the user as JSON')
    .action(runDelete)
  addSettings(remove, 'user').addHelpText(
    'after',
    `
Sessions, API tokens and memberships end, and issues are unassigned. The last owner of an organization and
the last instance admin are not deleted.

Examples:
  mesher user delete ada@example.com`
  )

  const list = user
    .command('list')
    .description('List the users with their organizations.')
    .option('--json', 'print the users as JSON')
    .action(runList)
  addSettings(list, 'user').addHelpText(
    'after',
    `
Examples:
  mesher user list
  mesher user list --json | jq -r '.[].email'`
  )
}

async function runCreate(flags: CreateFlags): Promise<void> {
  const { email, name = '', organization = null, role, admin: isInstanceAdmin = false } = flags
  const chosen = await choosePassword({ asks: asksAt(flags), owner: { email, name } })
  const user = await withDatabase(configOf(flags), async sql => {
    await migrate(sql)
    await ensureDefaults(sql)
    return await makeUser(sql, {
      email,
      name,
      passwordHash: await hashPassword(chosen.password),
      organization,
      role,
      isInstanceAdmin
    })
  })
  const { id, is_instance_admin: instanceAdmin } = user
  say(flags, { id, email, name, instance_admin: instanceAdmin }, chosen, `Made the user ${email}.`)
}

async function runReset(email: string, flags: Flags): Promise<void> {
  const chosen = await choosePassword({ asks: asksAt(flags), owner: { email } })
  await withMigratedDatabase(
    configOf(flags),
    async sql => await resetPassword(sql, email, await hashPassword(chosen.password))
  )
  say(flags, { email }, chosen, `${email} has a new password; all sessions and API tokens of theirs have ended.`)
}

async function runDelete(email: string, flags: Flags): Promise<void> {
  const { id } = await withMigratedDatabase(configOf(flags), async sql => await removeUser(sql, email))
  console.log(flags.json ? JSON.stringify({ id, email }) : `Deleted the account of ${email}.`)
}

async function runList(flags: Flags): Promise<void> {
  const users = await withMigratedDatabase(configOf(flags), listUsers)
  if (flags.json) console.log(JSON.stringify(users.map(userJson)))
  else console.log(listText(users, lookOf(process.stdout)))
}

function asksAt({ json }: Flags): boolean {
  return json !== true && process.stdin.isTTY
}

function say(
  { json }: Flags,
  fields: Record<string, unknown>,
  { password, isGenerated }: ChosenPassword,
  sentence: string
): void {
  if (json) return console.log(JSON.stringify({ ...fields, ...(isGenerated ? { password } : {}) }))
  console.log(sentence)
  if (isGenerated) console.log(`  Password: ${password}\nIt is not shown again.`)
}

function listText(users: UserListed[], look: Look): string {
  if (users.length === 0) {
    return (
      'There is no user yet. ' +
      'The link that "mesher start" prints makes the first, and so does "mesher user create".'
    )
  }
  const columns = [
    { title: 'e-mail', charsMax: 60 },
    { title: 'name', charsMax: 40 },
    { title: 'organizations', charsMax: 60 },
    { title: 'instance admin' },
    { title: 'since' }
  ]
  return tableOf(
    columns,
    users.map(({ email, name, organizations, is_instance_admin: isInstanceAdmin, created_at: createdAt }) => [
      email,
      name,
      organizations.join(', '),
      isInstanceAdmin ? 'yes' : '',
      createdAt.toISOString().slice(0, 10)
    ]),
    look
  )
}

function userJson({
  id,
  email,
  name,
  is_instance_admin: isInstanceAdmin,
  organizations,
  created_at: createdAt
}: UserListed): Record<string, unknown> {
  return { id, email, name, instance_admin: isInstanceAdmin, organizations, created_at: createdAt.toISOString() }
}

function emailAddress(text: string): string {
  const result = v.safeParse(emailGiven, text)
  if (!result.success) throw new InvalidArgumentError('Allowed is an e-mail address.')
  return result.output
}
