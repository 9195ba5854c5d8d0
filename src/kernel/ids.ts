/** Prefixed, time-sortable ids: `inv_01j9…`; the kind can be read off and order of making is kept. */
export type Id<Prefix extends string> = `${Prefix}_${string}`

export type PracticeId = Id<'prc'>
export type LocationId = Id<'loc'>
export type ClinicianId = Id<'cln'>
export type LoginId = Id<'usr'>
export type StaffId = Id<'stf'>
export type PatientId = Id<'pat'>
export type AccountId = Id<'acc'>
export type LinkId = Id<'lnk'>
export type CoverageId = Id<'cov'>
export type ChargeId = Id<'chg'>
export type InvoiceId = Id<'inv'>
export type InvoiceLineId = Id<'lin'>
export type EntryId = Id<'ent'>
export type ConnectionId = Id<'con'>
export type PaymentId = Id<'pay'>
export type MethodId = Id<'mth'>
export type RefundId = Id<'rfd'>
export type DisputeId = Id<'dsp'>
export type EventId = Id<'evt'>
export type MessageId = Id<'msg'>

/** The letters of an id: no i, l, o, or u, which are taken for others. */
export const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
let lastMs = 0
let lastRandom = 0n

/** A new id of this kind; ids made by one process sort in the order of their making. */
export function newId<Prefix extends string>(prefix: Prefix): Id<Prefix> {
  const ms = Math.max(Date.now(), lastMs)
  lastRandom = ms === lastMs ? lastRandom + 1n : randomBits()
  lastMs = ms
  return `${prefix}_${encode(BigInt(ms), 10)}${encode(lastRandom, 16)}`
}

/** True for text that is an id of this kind: its prefix and 26 characters of the alphabet. */
export function isId<Prefix extends string>(prefix: Prefix, text: string): text is Id<Prefix> {
  return text.startsWith(`${prefix}_`) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length + 1))
}

function randomBits(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(10))
  let bits = 0n
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte)
  return bits >> 1n // room for a millisecond's increments
}

function encode(value: bigint, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) {
    text = (ALPHABET[Number(value & 31n)] ?? '0') + text
    value >>= 5n
  }
  return text
}
