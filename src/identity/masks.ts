import { randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A form's token as one page carries it: a random pad, and the token under it. Pages are compressed, and the length of a
 * compressed page tells whether a guess stood in it twice (BREACH); what is written differently each time cannot be guessed so.
 */
export function maskToken(token: Uint8Array): string {
  const pad = randomBytes(token.length)
  return Buffer.concat([pad, xor(pad, token)]).toString('base64url')
}

/** Whether what a form brought is this token under some pad. */
export function isMaskOf(given: string, token: Uint8Array): boolean {
  if (!/^[\w-]+$/.test(given)) return false
  const bytes = Buffer.from(given, 'base64url')
  if (bytes.length !== 2 * token.length) return false
  return timingSafeEqual(xor(bytes.subarray(0, token.length), bytes.subarray(token.length)), token)
}

function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((byte, i) => byte ^ (other[i] ?? 0))
}
