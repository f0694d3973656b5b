/**
 * Java, Kotlin, Scala, Groovy, Clojure, Android. Classes are identity; lambdas, proxies, accessors, numbers of
 * anonymous classes and of evaluated forms are not.
 */
import { defineLanguage, type Rule } from './language.ts'

/** Hibernate, Byte Buddy and Mockito name the classes that they make at run time with these. */
const librariesOfProxies = [
  'HibernateProxy',
  'HibernateInstantiator',
  'HibernateAccessOptimizer',
  'ByteBuddy',
  'MockitoMock',
  'auxiliary',
  'Mockito'
].join('|')

/** Of classes, wherever their names stand. */
const classes: readonly Rule[] = [
  // Old desugaring: `com.example.-$$Lambda$Cart$kF3x` is of `com.example.Cart`.
  [/(^|[./])-\$\$Lambda\$((?:\w|\.){1,200}?)(?:\$[\w-]{1,80})?$/, '$1$2'],
  [/_\$\$_.{0,200}$/, ''],
  [/\$\$(?:Lambda|External|Internal|EnhancerBy|FastClassBy|SpringCGLIB|Enhancer|FastClass|\$view|_).{0,400}$/, ''],
  [new RegExp(`\\$(?:${librariesOfProxies})\\$.{0,200}$`), ''],
  [/^(?:com\.sun|jdk)\.proxy\d{0,6}\.\$Proxy\d{0,9}$|^\$Proxy\d{1,9}$/, '$$Proxy'],
  [/\$Proxy\d{1,9}/, '$$Proxy'],
  [/(Generated(?:Method|Constructor|SerializationConstructor)Accessor)\d{1,9}/, '$1'],
  [/(LambdaForm\$\w{1,20})[./].{0,100}$/, '$1'],
  // Scala, Groovy, Clojure.
  [/\$\$anon(?:fun)?\b/g, ''],
  [/\$(?:anon|anonfun)(?=\$|$)/g, ''],
  [/(_closure)\d{1,5}/g, '$1'],
  [/\b(Script|script|GStringTemplateScript|SimpleTemplateScript)_?(?:\d{1,24}|[0-9a-f]{32})(?=$|\$)/, '$1'],
  [/(eval|fn|reify|iter)_{0,2}\d{1,10}/g, '$1'],
  [/__\d{1,10}/g, ''],
  [/(?:\$\d{1,6})+(?=\$|$)/g, ''],
  [/\$sp$/, '']
]

export const jvm = defineLanguage({
  name: 'jvm',
  functions: [
    [/^(?:\$r8\$lambda\$|-\$\$Nest\$|\$\$Nest\$|access\$\d|lambda-\d|lambda\$\d|lambda\$null\$).{0,300}$/, ''],
    [/(^|[.:])lambda\$([^$.:]{1,200})\$\d{1,6}(?:\$[\w-]{1,300})?$/, '$1$2'],
    [/^access\$(\w{1,200}?)(?:\$p)?$/, '$1'],
    [/^CGLIB\$(\w{1,200})\$\d{1,6}$/, '$1'],
    [/^\$anonfun\$\d{1,6}.{0,100}$/, ''],
    [/\$?\$anonfun\$/, ''],
    [
      /(?:\$(?:lambda|lambda-\d{1,6}|\d{1,6}|adapted|default|suspendImpl|mc[A-Z]{1,6}\$sp|extension))+(?:-\d{1,6})?$/,
      ''
    ],
    [/^(\w{1,200})-(?:impl|[\w-]{7})$/, '$1'],
    // What is internal to a module of Kotlin has its name and its variant behind it.
    [/^(\w{1,200})\$\w{1,80}?_(?:\w{0,40}(?:[dD]ebug|[rR]elease)|main)$/, '$1'],
    [/^(eval|fn|reify|iter)_{0,2}\d{1,10}/, '$1'],
    [/__\d{1,10}/g, '']
  ],
  reduce: withCleanClass,
  nameless: ['lambda'],
  modules: classes,
  files: [
    [/^(?:(?:D8|R8)\$\$SyntheticClass|SourceFile|Unknown Source|<generated>|Native Method|PG|r8-map-id-\w{1,100})$/, '']
  ],
  machinery: /^io\.sentry\./
})

/** Where the name of the class stands before the method's, it is cleaned like one. */
function withCleanClass(name: string): string {
  const dot = name.lastIndexOf('.')
  if (dot <= 0) return name
  let type = name.slice(0, dot)
  for (const [generated, instead] of classes) type = type.replace(generated, instead)
  return `${type}${name.slice(dot)}`
}
