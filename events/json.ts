/**
 * Text to a JSON value. `JSON.parse` keeps `__proto__` as a member like any other and does not recurse, so depth is no
 * danger.
 */

export function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    // A SyntaxError, or a RangeError of an engine that recurses.
    if (error instanceof SyntaxError || error instanceof RangeError) return { ok: false }
    throw error
  }
}
