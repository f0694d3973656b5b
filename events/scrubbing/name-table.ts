/**
 * The names that stand for secrets, by what they are about: the patterns are made of this table, and so is what people
 * are told. Spaces in it mean nothing, as separators in names do.
 */

/**
 * `anywhere`: a name that holds it, without its separators. `whole`: too short for that, the whole name. `parts`: one
 * part of a name, `lastParts` the last of several. `forms` are patterns for the rest, of which `examples` tell.
 */
export type NameRow = {
  what: string
  anywhere?: readonly string[]
  whole?: readonly string[]
  parts?: readonly string[]
  lastParts?: readonly string[]
  forms?: readonly string[]
  examples: readonly string[]
}

export const nameTable: readonly NameRow[] = [
  {
    what: 'passwords',
    anywhere: ['password', 'passwd', 'passphrase', 'passcode'],
    whole: ['pass', 'pwd', 'pin'],
    lastParts: ['pass'],
    forms: ['(?:db|user|smtp|ftp|mail|admin|login|my|redis|root)pass$', 'pwd$'],
    examples: ['user_password', 'DB_PASS', 'MYSQL_PWD']
  },
  {
    what: 'secrets and tokens',
    anywhere: [
      'secret',
      'token',
      'credential',
      'authorization',
      'authorisation',
      'bearer',
      'jwt',
      'auth header',
      'x auth'
    ],
    lastParts: ['pat'],
    forms: ['auth$'],
    examples: ['clientSecret', 'GITHUB_PAT', 'oauth']
  },
  {
    what: 'keys',
    anywhere: [
      'api key',
      'access key',
      'private key',
      'priv key',
      'signing key',
      'encryption key',
      'auth key',
      'mesher key',
      'sentry key'
    ],
    examples: ['X-Api-Key', 'AWS_SECRET_ACCESS_KEY']
  },
  {
    what: 'sessions',
    anywhere: ['cookie', 'session id', 'session key', 'sess id', 'csrf', 'xsrf'],
    whole: ['session', 'sid', 'connect sid'],
    examples: ['PHPSESSID', 'csrfmiddlewaretoken']
  },
  {
    what: 'one-time codes',
    whole: ['otp'],
    parts: ['otp', 'totp', 'hotp'],
    forms: ['twofactor(?:code)?$', '(?:2fa|mfa)code'],
    examples: ['otp_code', 'two_factor_code', 'mfa_code']
  },
  {
    what: 'cards and accounts',
    anywhere: ['credit card', 'card number', 'social security'],
    whole: ['cc number', 'cvv', 'cvc'],
    parts: ['cvv', 'cvv2', 'cvc', 'cvc2', 'ssn', 'iban'],
    examples: ['card_cvv2', 'userSsn']
  }
]
