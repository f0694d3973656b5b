/** What the exit codes of `mesher` say. Part of the interface: scripts rely on them. */
export const exitCodes = {
  ok: 0,
  /** It did not work: the reason is on standard error. */
  failed: 1,
  /** Unknown command, wrong flag, or a setting that is not allowed. Nothing was done. */
  usage: 2,
  /** The server's processes crashed more often than its supervisors accept. A service manager starts it again. */
  gaveUp: 70
} as const

export const exitCodesHelp = `Exit codes:
  0   it worked
  1   it did not work; the reason is on standard error
  2   wrong command, flag or setting; nothing was done
  70  the server gave up after too many crashes of its own processes
  130 and 143: ended at once by a second SIGINT or SIGTERM`
