import { createHash } from 'node:crypto'
import { z } from 'zod'
import { Trouble } from '../trouble.ts'

/** The first line of a backup: what it is, and which store it fits. */
const Head = z.strictObject({
  portico: z.literal('backup'),
  format: z.literal(1),
  taken: z.string(),
  migrations: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  queue: z.number().nullable(),
})
/** Rows of a table follow, as COPY writes them, to a line with `\.` alone. */
const Section = z.strictObject({ table: z.string(), practice: z.string().nullable(), columns: z.array(z.string()) })
const Sequence = z.strictObject({ sequence: z.string(), value: z.string().regex(/^\d+$/), called: z.boolean() })
/** The last line: how many rows there were, and the hash of all that stands before it. */
const End = z.strictObject({ end: z.literal(true), rows: z.number(), sha256: z.string() })
const Next = z.union([Section, Sequence, End])

export type Head = z.infer<typeof Head>
export type Section = z.infer<typeof Section>
export type Sequence = z.infer<typeof Sequence>
export type End = z.infer<typeof End>
export type Part = Head | (Section & { readonly data: AsyncIterable<Buffer> }) | Sequence | End

export const CLOSING = Buffer.from('\\.\n')

export function lineOf(part: Head | Section | Sequence | End): Buffer {
  return Buffer.from(`${JSON.stringify(part)}\n`)
}

/**
 * Takes a backup apart as it comes, holding no more than a piece of it. A section's rows must be read before the next part
 * is asked for. Throws where it is cut off or was altered, at the latest in place of the end.
 */
export async function* readParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<Part> {
  const reader = readerOf(source)
  try {
    const head = Head.safeParse(parsed(await reader.line()))
    if (!head.success) throw new Trouble('This file is not a backup that this Portico can read.')
    yield head.data
    for (;;) {
      const before = reader.digest()
      const { data: part } = Next.safeParse(parsed(await reader.line()))
      if (!part) throw broken()
      if ('end' in part) {
        if (part.sha256 !== before || !(await reader.isAtEnd())) throw broken()
        return yield part
      }
      yield 'table' in part ? { ...part, data: reader.rows() } : part
    }
  } finally {
    await reader.close()
  }
}

export function broken(): Trouble {
  return new Trouble('The backup is not whole: it was cut off or altered. Nothing of it was taken.')
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Longer than any line that is not a row. */
const LONGEST_LINE = 1 << 20

function readerOf(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]()
  const hash = createHash('sha256')
  let rest = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const { value, done } = await chunks.next()
    if (!done) rest = Buffer.concat([rest, value])
    return !done
  }
  const take = (length: number): Buffer => {
    const taken = rest.subarray(0, length)
    rest = rest.subarray(length)
    hash.update(taken)
    return taken
  }
  return {
    close: () => chunks.return?.(),
    digest: () => hash.copy().digest('hex'),
    isAtEnd: async () => rest.length === 0 && !(await more()),
    line: async (): Promise<string> => {
      while (!rest.includes(10)) if (rest.length > LONGEST_LINE || !(await more())) return ''
      return take(rest.indexOf(10) + 1).toString('utf8')
    },
    /** Whole pieces up to the closing line, which never stands in a row because COPY doubles a backslash. */
    rows: async function* (): AsyncGenerator<Buffer> {
      for (let atStart = true; ; ) {
        if (atStart && rest.subarray(0, 3).equals(CLOSING)) return void take(3)
        const closing = rest.indexOf('\n\\.\n')
        if (closing >= 0) {
          yield take(closing + 1)
          atStart = true
          continue
        }
        // What follows the last line break may be the beginning of the closing line.
        const tail = rest.lastIndexOf(10) + 1
        const keep: number = (tail > 0 || atStart) && rest.length - tail < 3 ? rest.length - tail : 0
        if (rest.length > keep) {
          atStart = keep > 0 || rest.at(-1) === 10
          yield take(rest.length - keep)
        }
        if (!(await more())) throw broken()
      }
    },
  }
}
