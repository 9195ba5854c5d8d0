import { randomBytes } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const POOL_BYTES = 8192

let pool = randomBytes(POOL_BYTES)
let used = 0

function nextByte(): number {
  if (used === POOL_BYTES) {
    pool = randomBytes(POOL_BYTES)
    used = 0
  }
  return pool[used++] ?? 0
}

/** Random base62 text, unbiased. */
export function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    const byte = nextByte()
    if (byte < 248) text += ALPHABET[byte % 62]
  }
  return text
}

/** A new id such as `pi_` and 24 characters. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${randomText(length)}`
}

/** The client secret that lets a browser see one intent. */
export function newClientSecret(id: string): string {
  return `${id}_secret_${randomText(25)}`
}
