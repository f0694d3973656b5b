/** Parts of names between brackets, found in one pass. */

/** `Map[int]` → `Map`; what is never closed goes to the end. */
export function withoutEnclosed(name: string, open: string, close: string, instead = ''): string {
  if (!name.includes(open)) return name
  let kept = ''
  let depth = 0
  for (const char of name) {
    if (char === open) {
      if (depth === 0) kept += instead
      depth += 1
    } else if (char === close && depth > 0) depth -= 1
    else if (depth === 0) kept += char
  }
  return kept
}
