// Goal: flags that are not settings take what is allowed and say what that is. Method: texts in, values or refusals
// out.
import t from 'tap'
import { dsnKey, numberUpTo, positiveRate, timeSpan } from '../../../bin/support/arguments.ts'

t.test('what is allowed becomes a value', async t => {
  t.strictSame(['1', '25', '100'].map(numberUpTo(100)), [1, 25, 100])
  t.strictSame(['0.5', '100'].map(positiveRate), [0.5, 100])
  t.strictSame(['1m', '24h', '7d'].map(timeSpan), [60_000, 86_400_000, 604_800_000])
  t.equal(dsnKey('0123456789abcdef0123456789abcdef'), '0123456789abcdef0123456789abcdef')
})

t.test('what is not is refused', async t => {
  for (const text of ['0', '101', '-1', '1.5', 'x', '', '1e2']) {
    t.throws(() => numberUpTo(100)(text), /whole number from 1 to 100/, text)
  }
  for (const text of ['0', '-1', 'x', '', 'Infinity']) t.throws(() => positiveRate(text), /more than 0/, text)
  for (const text of ['0h', '7', '7w', 'h', '1.5h', '-1d']) t.throws(() => timeSpan(text), /30m, 24h or 7d/, text)
  for (const text of ['', 'ABCDEF', '0123456789ABCDEF0123456789ABCDEF']) t.throws(() => dsnKey(text), /32 digits/, text)
})
