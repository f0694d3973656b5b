/**
 * The configuration of the embedded PostgreSQL, as the text of its files. Durability is always on: what was
 * acknowledged as stored survives a loss of power. Sizes follow the machine: a small one keeps memory and disk for the
 * rest, a larger one is used. The text is the same at every start on the same machine; a server with another text is
 * restarted.
 */
import { createHash } from 'node:crypto'

export type MachineSize = { memoryBytes: number; diskBytes: number }

export type ServerPlace = { socketFolder: string; port: number }

/** Which users of the machine may connect, as which role. */
export type Access = { role: string; users: readonly string[] }

const mib = 1024 ** 2

const intro =
  '# Written by Mesher at every start. Put settings of your own into custom.conf beside this file; they win.'

/** The comments say why. PostgreSQL uses the last assignment of a setting, so custom.conf overrides all of them. */
export function postgresqlConf(place: ServerPlace, size: MachineSize, access: Access): string {
  const text = `${intro}

# Reached through one Unix socket in a folder that only the owner may enter, never over the network.
listen_addresses = ''
port = ${place.port}
unix_socket_directories = ${quoted(place.socketFolder)}
unix_socket_permissions = 0700
# A storage writer and a few readers a process; more backends than this would only wait for the processor.
max_connections = 150
# Events are partitioned by day: a query that cannot be pruned locks some hundreds of tables and indexes.
max_locks_per_transaction = 512

# An eighth of the memory; the page cache of the system serves the rest. Huge pages fail inside some containers.
shared_buffers = ${sharedBuffersMib(size.memoryBytes)}MB
huge_pages = off
work_mem = 16MB
maintenance_work_mem = 64MB
# A runaway sort must not fill the disk that the events need.
temp_file_limit = 4GB

# Acknowledged means durable. These are the defaults; here so that nothing else can be meant.
fsync = on
synchronous_commit = on
full_page_writes = on
# Compressing full pages costs processor time that ingestion needs more than the disk does.
wal_compression = off
wal_buffers = 16MB
# Checkpoints by time rather than by volume: right after each one every page is logged whole.
max_wal_size = ${maxWalMib(size.diskBytes)}MB
min_wal_size = 256MB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9

${fixedConf}`
  return `${text}
# Tells a later start whether the running server was started with the text above, and with the same users.
mesher.settings = '${hashOf(text + pgHbaConf(access) + pgIdentConf(access))}'
include_if_exists = 'custom.conf'
`
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const fixedConf = `# Small inserts and short queries: compiling them, or spreading them over workers, costs more
# than it gains.
# Without parallel workers /dev/shm stays small enough for a container, too.
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 0
# For solid-state disks.
random_page_cost = 1.1

# Issues are updated all the time: vacuum them early and let it work at a steady pace.
autovacuum_naptime = 20s
autovacuum_max_workers = 2
autovacuum_vacuum_scale_factor = 0.1
autovacuum_analyze_scale_factor = 0.05
autovacuum_vacuum_cost_limit = 1000

# A client that is gone must not hold locks or keep a processor busy.
idle_in_transaction_session_timeout = 60s
client_connection_check_interval = 5s

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'

# A few files of bounded size; Mesher deletes the oldest. No statements, parameters and details:
# they hold events of users.
logging_collector = on
log_directory = 'log'
log_filename = 'postgres-%Y%m%d-%H%M%S.log'
log_rotation_size = 8MB
log_rotation_age = 0
log_file_mode = 0600
log_line_prefix = '%m [%p] %a '
log_min_messages = warning
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
`

/**
 * Only through the socket, whose folder only the server's user and root may enter. The kernel says who connects: root
 * and the user who runs Mesher need no password, and nobody else gets Mesher's role, the server's own user neither.
 * Roles that an operator has made need their password.
 */
export function pgHbaConf({ role }: Access): string {
  return `# Written by Mesher at every start.
local all ${role} peer map=mesher
local all all scram-sha-256
`
}

export function pgIdentConf({ role, users }: Access): string {
  const lines = users.map(user => `mesher "${user.replaceAll('"', '""')}" ${role}\n`)
  return `# Written by Mesher at every start.\n${lines.join('')}`
}

/** The value of mesher.settings in a text made by postgresqlConf. */
export function settingsHashOf(conf: string): string {
  return /^mesher\.settings = '(\w+)'$/m.exec(conf)?.[1] ?? ''
}

function sharedBuffersMib(memoryBytes: number): number {
  return Math.round(Math.min(Math.max(memoryBytes / mib / 8, 64), 1024))
}

/** An eighth of the disk, so that a small one keeps room for events. */
function maxWalMib(diskBytes: number): number {
  return Math.round(Math.min(Math.max(diskBytes / mib / 8, 512), 4096))
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
