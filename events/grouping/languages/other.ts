/** Languages without a table: names count whole, but for addresses and what Perl and Lua call what has no name. */
import { defineLanguage } from './language.ts'

export const other = defineLanguage({
  name: 'other',
  functions: [
    [/__ANON__\[[^\]]{0,400}\]/, '__ANON__'],
    [/^function <[^>]{0,400}>$/, ''],
    [/:?0x[0-9a-f]{4,16}/gi, '']
  ]
})
