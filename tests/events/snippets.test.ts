// Goal: every snippet holds the DSN or the key of the project, once each platform, and is laid out.
// Method: all snippets of a made-up address.
import t from 'tap'
import { snippetsFor } from '../../events/snippets.ts'

t.test('snippets', async t => {
  const publicKey = '0123456789abcdef0123456789abcdef'
  const snippets = snippetsFor({ url: 'https://m.example.com', publicKey, dsn: `https://${publicKey}@m.example.com/7` })
  const names = snippets.map(({ platform }) => platform)
  t.equal(new Set(names).size, names.length)
  for (const platform of ['react', 'vue', 'nextjs', 'django', 'flask', 'fastapi', 'express', 'spring', 'rails']) {
    t.ok(names.includes(platform), platform)
  }
  for (const { platform, code } of snippets) {
    t.ok(code.includes(publicKey), `${platform} sends to the project`)
    t.ok(
      code.split('\n').every(line => line.length <= 130 && line.trimEnd() === line),
      `${platform} is laid out`
    )
  }
})
