import { expect, test } from 'vitest'
import { Refusal } from '../kernel/refusal.ts'
import { findEmail, readEmail } from './emails.ts'

test.each([
  ['Cal.CAPS@Example.ORG ', 'cal.caps@example.org'],
  ['mailto:mia.mailto@example.org', 'mia.mailto@example.org'],
  ['MAILTO:mia%2Emailto@example.org?subject=hello', 'mia.mailto@example.org'],
  ['ines@praxis-müller.example', 'ines@xn--praxis-mller-klb.example'],
  ['ines@praxis-mu\u0308ller.example', 'ines@xn--praxis-mller-klb.example'],
  ['Ines@XN--Praxis-Mller-KLB.example', 'ines@xn--praxis-mller-klb.example'],
  ['josé@example.org', 'josé@example.org'],
  ['JOSE\u0301@example.org', 'josé@example.org'],
  ['пётр@почта.рф', 'пётр@xn--80a1acny.xn--p1ai'],
  ["o'neil+bills@sub.example.co.uk", "o'neil+bills@sub.example.co.uk"],
])('%s is one address', (typed, email) => {
  expect(readEmail(typed)).toBe(email)
  expect(readEmail(email)).toBe(email)
})

const codeOf = (typed: string) => {
  try {
    return readEmail(typed)
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error)
  }
}

test.each([
  ['a zero-width space', 'maria\u200b@example.org'],
  ['a soft hyphen', 'ma\u00adria@example.org'],
  ['a mark of direction', 'maria@exa\u202emple.org'],
  ['a byte order mark behind it', 'maria@example.org\ufeff'],
  ['a control character', 'maria\u0007@example.org'],
  ['a filler', 'maria\u3164@example.org'],
])('%s is refused with a sentence of its own', (_, typed) => expect(codeOf(typed)).toBe('email.invisible'))

test.each([
  '',
  'maria',
  '@example.org',
  'maria@',
  'maria@example',
  'ma ria@example.org',
  'a@b@c@',
  `${'x'.repeat(250)}@example.org`,
  'maria@[::1]',
  'maria@1.2',
  'mailto:',
  'mailto:%zz',
])('%s is no address', typed => {
  expect(codeOf(typed)).toBe('email.invalid')
  expect(findEmail(typed)).toBeUndefined()
})
