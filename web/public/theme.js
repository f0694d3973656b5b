// Before the first paint, so that nobody sees the wrong theme flash by; lib/theme.ts takes over from here.
;(function () {
  let choice = 'system'
  try {
    choice = localStorage.getItem('mesher.theme') || choice
  } catch {
    // Storage may be forbidden; the system's theme is as good.
  }
  const isDark = choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', isDark)
})()
