import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../kernel/refusal.ts'

const MOST_FIELDS = 200
const DISCARD_BYTES = 4 * 1024 * 1024
const DISCARD_MS = 500

/** What a form said: each field as text, several values kept in order. */
export type Form = {
  /** The field's first value, trimmed; '' when absent. */
  text(name: string): string
  /** Every value of the field that is not empty. */
  all(name: string): string[]
  /** A ticked box. */
  on(name: string): boolean
}

/** Reads at most so many bytes: not the first of a body that says it is longer, and no more of one that is, whatever it says. Refuses `body.tooLarge`. */
export async function readBytes(request: Request, most: number): Promise<Uint8Array> {
  const reader: Reader | undefined = request.body?.getReader()
  if (!reader) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let left = Number(request.headers.get('content-length') ?? 0) > most ? -1 : most
  while (left >= 0) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks)
    left -= value.length
    chunks.push(value)
  }
  await Promise.race([discard(reader), pause(DISCARD_MS, undefined, { ref: false })])
  throw new Refusal('malformed', 'body.tooLarge')
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

/** What is on its way is taken off the wire for a moment: whoever closes on unread bytes takes back the answer as well. */
async function discard(reader: Reader): Promise<void> {
  for (let left = DISCARD_BYTES; left > 0; ) {
    const { done, value } = await reader.read()
    if (done) return
    left -= value.length
  }
}

/**
 * Reads a urlencoded form strictly: the one decoder that refuses what PostgreSQL's text cannot hold (U+0000, lone surrogates,
 * broken UTF-8): `body.malformed`.
 */
export function parseForm(bytes: Uint8Array): Form {
  const fields = new Map<string, string[]>()
  const pairs = decodeUtf8(bytes).split('&')
  if (pairs.length > MOST_FIELDS) throw new Refusal('malformed', 'body.malformed')
  for (const pair of pairs) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decodePart(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decodePart(pair.slice(at + 1))
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  return {
    text: name => fields.get(name)?.[0]?.trim() ?? '',
    all: name => (fields.get(name) ?? []).map(value => value.trim()).filter(value => value !== ''),
    on: name => ['1', 'on', 'true', 'yes'].includes(fields.get(name)?.[0] ?? ''),
  }
}

/** A query's parameters, held to the same rule as forms; `query.malformed` otherwise. */
export function readQuery(url: string): URLSearchParams {
  const at = url.indexOf('?')
  const hash = url.indexOf('#', Math.max(at, 0))
  const query = new URLSearchParams()
  if (at < 0) return query
  for (const pair of url.slice(at + 1, hash < 0 ? undefined : hash).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    query.append(
      decodePart(equals < 0 ? pair : pair.slice(0, equals)),
      equals < 0 ? '' : decodePart(pair.slice(equals + 1)),
    )
  }
  return query
}

/** Percent-decoding that refuses instead of guessing. */
function decodePart(part: string): string {
  let text: string
  try {
    text = decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    throw new Refusal('malformed', 'body.malformed')
  }
  return checkText(text)
}

/** Refuses text that PostgreSQL cannot hold (reliability 15). */
export function checkText(text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) throw new Refusal('malformed', 'body.malformed')
  return text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Refusal('malformed', 'body.malformed')
  }
}
