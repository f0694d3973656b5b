/** Elixir and Erlang. A function belongs to its module and has a number of arguments; funs belong to their function. */
import { defineLanguage } from './language.ts'

export const beam = defineLanguage({
  name: 'beam',
  functions: [
    [/^(?:anonymous )?fn\/\d{1,3} in /, ''],
    [/^-(?:inlined-)?([^-]{1,200}\/\d{1,3})-(?:fun|lc|lbc|after|inlined)?.{0,60}$/, '$1'],
    [/:"-([^"]{1,200}?\/\d{1,3})-[^"]{0,60}"\/\d{1,3}$/, '.$1']
  ],
  machinery: /^(?:Elixir\.)?Sentry\./
})
