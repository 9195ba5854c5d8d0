import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { CLOSING, type Head, lineOf, readParts } from './parts.ts'

const head = {
  portico: 'backup' as const,
  format: 1 as const,
  taken: 'now',
  migrations: [],
  queue: null,
} satisfies Head
const rows = ['1\ta\\\\.\n', '2\t\\\\\\\\.\n', '\\N\t\n', `3\t${'x'.repeat(40)}\n`, '.\n']
const body = Buffer.concat([
  lineOf(head),
  lineOf({ table: 'a.b', practice: null, columns: ['n', 't'] }),
  Buffer.from(rows.join('')),
  CLOSING,
  lineOf({ table: 'a.empty', practice: 'prc_1', columns: ['n'] }),
  CLOSING,
  lineOf({ sequence: 'a.s', value: '7', called: true }),
])
const end = lineOf({ end: true, rows: rows.length, sha256: createHash('sha256').update(body).digest('hex') })

async function* inPieces(text: Buffer, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size)
}

async function partsOf(text: Buffer, size: number): Promise<unknown[]> {
  const found: unknown[] = []
  for await (const part of readParts(inPieces(text, size))) {
    if (!('data' in part)) found.push(part)
    else found.push(part.table, Buffer.concat(await Array.fromAsync(part.data)).toString())
  }
  return found
}

test('a backup reads the same in whatever pieces it comes', async () => {
  const whole = await partsOf(Buffer.concat([body, end]), 10_000)
  expect(whole).toHaveLength(7)
  expect(whole.slice(1, 5)).toEqual(['a.b', rows.join(''), 'a.empty', ''])
  for (let size = 1; size < 60; size++) expect(await partsOf(Buffer.concat([body, end]), size)).toEqual(whole)
})

test('one that ends at any place before its end mark is refused', async () => {
  for (let length = 0; length < body.length + end.length; length++)
    await expect(partsOf(Buffer.concat([body, end]).subarray(0, length), 16)).rejects.toThrow(/not whole|not a backup/)
})
