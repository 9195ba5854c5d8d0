import { domainToASCII } from 'node:url'
import { Refusal } from '../kernel/refusal.ts'

const LONGEST = 254
const SHAPE = /^[^\s@<>()[\]\\,;:"]+@[^\s@<>()[\]\\,;:"]+\.[^\s@<>()[\]\\,;:".]{2,}$/
/** What nobody sees: controls, marks of format such as zero-width spaces and directions, and fillers. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u

/**
 * An address of mail as it is kept and compared, one however it is spelled: without case, without `mailto:`, its domain
 * as mail carries it (`xn--`), its letters in their composed form. Refuses what is none (`email.invalid`), and what holds
 * a character that nobody sees (`email.invisible`).
 */
export function readEmail(text: string): string {
  const typed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '').normalize('NFC')
  const address = withoutScheme(typed)
  if (HIDDEN.test(address)) throw new Refusal('invalid', 'email.invisible', {}, 'email')
  const at = address.lastIndexOf('@')
  const email = `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`.toLowerCase()
  if (at < 1 || email.length > LONGEST || !SHAPE.test(email)) throw new Refusal('invalid', 'email.invalid', {}, 'email')
  return email
}

/** The same, undefined for what is none; a character that nobody sees is refused. */
export function findEmail(text: string): string | undefined {
  try {
    return readEmail(text)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'email.invalid') return undefined
    throw error
  }
}

/** The address that somebody looks for, undefined where it is none. */
export function emailIn(text: string): string | undefined {
  try {
    return readEmail(text)
  } catch {
    return undefined
  }
}

/** `mailto:` with its percent signs read, and without what follows a question mark (RFC 6068). */
function withoutScheme(text: string): string {
  if (!/^mailto:/i.test(text)) return text
  const address = text.slice('mailto:'.length).replace(/\?.*$/s, '')
  try {
    return decodeURIComponent(address).normalize('NFC').trim()
  } catch {
    return address
  }
}
