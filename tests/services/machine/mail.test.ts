// Goal: the options in the URL of the mail server do what the settings say of them. Method: a mail server that speaks
// TLS with a certificate which signs itself.
import { join } from 'node:path'
import t from 'tap'
import { mailer } from '../../../services/machine/mail.ts'
import { testCertificate } from '../../mesh/node/test-certificate.ts'
import { mailServer } from '../../support/receiver.ts'

const mail = { to: ['a@example.com'], subject: 'Subject', text: 'Text', id: 'id', headers: {} }

t.test('certificates are checked, by an authority of your own too, unless that is turned off', async t => {
  const { url, mails } = await mailServer(t, testCertificate)
  const ca = join(t.testdir({ 'ca.pem': testCertificate.cert }), 'ca.pem')
  const send = (options: string) => mailer({ smtpUrl: url + options, publicUrl: 'https://errors.example.com' })(mail)
  await t.rejects(send(''), /self.signed certificate/)
  t.same(await send(`?ca=${encodeURIComponent(ca)}&from=mesher@example.com`), [])
  await t.rejects(send(`?ca=${encodeURIComponent(ca)}&tls.servername=other.example`), /does not match/)
  t.same(await send('?tls.rejectUnauthorized=false'), [])
  t.same(
    mails.map(({ from }) => from),
    ['mesher@example.com', 'mesher@errors.example.com']
  )
  t.throws(() => mailer({ smtpUrl: `${url}?ca=/nowhere.pem`, publicUrl: 'https://errors.example.com' }), /ENOENT/)
})
