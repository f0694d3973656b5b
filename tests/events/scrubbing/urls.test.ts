// Goal: secrets in queries and before hosts are replaced, everything else of a URL stays to the letter.
import t from 'tap'
import { scrubberOf } from '../../../events/scrubbing/scrubber.ts'
import { withoutPairSecrets, withoutUrlSecrets } from '../../../events/scrubbing/urls.ts'

const isSecret = scrubberOf({ enabled: true, fields: [], safeFields: [], ip: 'keep' }).isSecret
const nothing = scrubberOf({ enabled: false, fields: [], safeFields: [], ip: 'keep' }).isSecret

const urls = [
  ['https://a.example/b?token=abc&x=1#part', 'https://a.example/b?token=[Filtered]&x=1#part'],
  ['/b?x=1&api%5Fkey=abc', '/b?x=1&api%5Fkey=[Filtered]'],
  ['https://ann:s3cret@a.example/b', 'https://ann:[Filtered]@a.example/b'],
  ['postgres://ann:p@ss@db/x', 'postgres://ann:[Filtered]@db/x'],
  ['https://ann@a.example/b', 'https://ann@a.example/b'],
  ['https://a.example/b@c:d', 'https://a.example/b@c:d'],
  ['https://a.example?token=', 'https://a.example?token='],
  ['https://a.example?token', 'https://a.example?token'],
  ['https://a.example/?a=%E0%A4%A&password=x', 'https://a.example/?a=%E0%A4%A&password=[Filtered]'],
  ['?token=a?token=b', '?token=[Filtered]'],
  ['no url', 'no url'],
  ['', '']
] as const
for (const [url, shown] of urls) {
  t.test(`${url} is shown as ${shown}`, async t => t.equal(withoutUrlSecrets(url, isSecret), shown))
}

t.test('pairs alone, with or without a question mark', async t => {
  t.equal(withoutPairSecrets('?password=x&b=2', isSecret), '?password=[Filtered]&b=2')
  t.equal(withoutPairSecrets('a=1&password=x&&c', isSecret), 'a=1&password=[Filtered]&&c')
  t.equal(withoutPairSecrets('no pairs', isSecret), 'no pairs')
})

t.test('switched off nothing changes', async t =>
  t.equal(withoutUrlSecrets('https://a:b@c/?token=1', nothing), 'https://a:b@c/?token=1')
)
