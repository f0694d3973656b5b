/** The language of a frame: what the frame or the event says, else what the extension of the file says. */
import type { Language } from './language.ts'
import { beam } from './beam.ts'
import { dart } from './dart.ts'
import { dotnet } from './dotnet.ts'
import { go } from './go.ts'
import { javascript } from './javascript.ts'
import { jvm } from './jvm.ts'
import { native } from './native.ts'
import { other } from './other.ts'
import { php } from './php.ts'
import { python } from './python.ts'
import { ruby } from './ruby.ts'

const names: ReadonlyArray<readonly [Language, platforms: string, extensions: string]> = [
  [
    javascript,
    'javascript node bun deno react nextjs electron cordova capacitor ionic',
    'js mjs cjs jsx ts mts cts tsx vue svelte astro coffee html htm'
  ],
  [python, 'python', 'py pyx pyw ipynb jinja jinja2'],
  [ruby, 'ruby', 'rb erb haml slim rake ru'],
  [php, 'php', 'php phtml latte twig tpl'],
  [go, 'go', 'go'],
  [jvm, 'java kotlin android scala clojure groovy jvm', 'java kt kts scala clj cljc groovy'],
  [dotnet, 'csharp dotnet fsharp vb unity', 'cs fs vb cshtml razor'],
  [
    native,
    'native c cpp c++ cocoa objc objective swift rust apple ios macos unreal qt minidump',
    'c cc cpp cxx h hh hpp m mm swift rs'
  ],
  [dart, 'dart flutter', 'dart'],
  [beam, 'elixir erlang', 'ex exs erl eex heex']
]

const byPlatform = new Map(names.flatMap(([language, platforms]) => platforms.split(' ').map(name => [name, language])))
const byExtension = new Map(names.flatMap(([language, , of]) => of.split(' ').map(name => [name, language])))

/** Null when the platform says nothing of the language. `javascript-react` is `javascript`. */
export function languageOfPlatform(platform: string): Language | null {
  const known = byPlatform.get(platform)
  if (known !== undefined) return known
  const [family = ''] = platform.slice(0, 40).toLowerCase().split('-', 1)
  return byPlatform.get(family) ?? null
}

export function languageOfFile(file: string): Language {
  const question = file.indexOf('?')
  const path = question === -1 ? file : file.slice(0, question)
  return byExtension.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase()) ?? other
}
