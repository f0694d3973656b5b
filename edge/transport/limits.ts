/** Limits that both servers keep. */

/** Of the request line and all headers together. */
export const headBytesMax = 32 * 1024
/** For a head to arrive, from the connection or the answer before it. */
export const headTimeoutMs = 10_000
