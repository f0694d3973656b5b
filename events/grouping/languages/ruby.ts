/** Ruby. Classes are identity; blocks belong to their method, and templates are numbered anew in every process. */
import { defineLanguage } from './language.ts'

export const ruby = defineLanguage({
  name: 'ruby',
  hasSourceLines: true,
  functions: [
    [/^(?:(?:block|rescue|ensure|lambda)(?: \(\d{1,4} levels\))? in )+/, ''],
    // Rails: `_app_views_cart_show_html_erb___123_456`; Tilt: `__tilt_7123`; callbacks: `_run__123__process`.
    [/_{1,3}-?\d{3,24}_\d{1,24}$/, ''],
    [/_{1,3}\d{5,24}/g, ''],
    [/^(_(?:conditional_callback_around|callback_(?:before|after|around)))_\d{1,9}$/, '$1'],
    [/#<(Class|Module|Object):0x[0-9a-f]{1,16}>/g, '#<$1>'],
    [/#<(Class):#<(\w{1,100}):0x[0-9a-f]{1,16}>>/g, '#<$1:$2>']
  ],
  files: [
    [/^\((eval|irb|pry)[^)]{0,400}\)$/, '<$1>'],
    [/^.{0,400}\/_{0,2}tilt_?\d{1,24}$/, '<template>']
  ],
  machinery: /^(?:Sentry(?:::|\.|#)|Raven(?:::|\.|#))/
})
