import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import { encodingFor } from './compress.ts'

type File = {
  readonly type: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly packed: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}
/** What the build made for browsers, by its name. */
export type Files = ReadonlyMap<string, File>

const ENDINGS: readonly (readonly [encoding: string, ending: string])[] = [
  ['br', '.br'],
  ['gzip', '.gz'],
]

/** Reads the build's files once: an answer then waits for no disk, and for no password that is being hashed meanwhile. */
export function readFiles(client: string): Files {
  const folder = join(client, 'assets')
  const names = readdirSync(folder)
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)))
  return new Map(
    names
      .filter(name => !ENDINGS.some(([, ending]) => name.endsWith(ending)))
      .map(name => {
        const packed = ENDINGS.filter(([, ending]) => names.includes(`${name}${ending}`))
        return [
          name,
          {
            type: getMimeType(name) ?? 'application/octet-stream',
            plain: read(name),
            packed: new Map(packed.map(([encoding, ending]) => [encoding, read(`${name}${ending}`)])),
          },
        ]
      }),
  )
}

/** A file of the build: its name changes with its content, so it is kept for a year. */
export function fileAnswer({ type, plain, packed }: File, http: Context): Response {
  const encoding = encodingFor(http.req.header('accept-encoding'), [...packed.keys()])
  const body = (encoding && packed.get(encoding)) || plain
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Content-Length': String(body.length),
      ...(encoding ? { 'Content-Encoding': encoding } : {}),
      'Cache-Control': 'public, max-age=31536000, immutable',
      Vary: 'Accept-Encoding',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
    },
  })
}
