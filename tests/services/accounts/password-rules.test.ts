// Goal: new passwords that a guesser tries early are refused, and good ones of any kind are not.
// Method: the function alone, for a user whose address, name and organization are known.
import t from 'tap'
import { refusalOfPassword } from '../../../services/accounts/password-rules.ts'

const owner = { email: 'olive.oyl@acme-rockets.example', name: 'Olive Oyl', organization: 'Acme Rockets' }

t.test('common passwords, patterns and what is known of the user are refused', async t => {
  for (const password of [
    'password1',
    'P@ssw0rd',
    'Password123!',
    'iloveyou2',
    'qwertyuiop',
    '12345678',
    'aaaaaaaaaaaa',
    'letmein1',
    'hunter2hunter2',
    'olive.oyl',
    'acme-rockets1',
    'Olive Oyl1',
    'mesher123'
  ]) {
    t.match(await refusalOfPassword(password, owner), /too easy to guess/, password)
  }
  t.equal(await refusalOfPassword(' Olive.Oyl@acme-rockets.example', owner), 'must not be your e-mail address')
  for (const blank of ['        ', '\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000', '\t\n \t\n \t\n']) {
    t.equal(await refusalOfPassword(blank, owner), 'must not be blank')
  }
})

t.test('words without a connection, random letters, any script and any length are good', async t => {
  for (const password of [
    'correct horse',
    'x9$kLm2p',
    'Zwölf Boxkämpfer',
    'пароль-на-завтра',
    '密码不容易猜到的长句子',
    '🦊🌲🚀🪐🎺🧵🪤🐝',
    'battery staple '.repeat(13)
  ]) {
    t.equal(await refusalOfPassword(password, owner), null, password)
  }
})
