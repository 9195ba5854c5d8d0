import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Source } from './fhir/formats.ts'
import { Unreadable } from './unreadable.ts'

/** A file on disk as a source; throws `Unreadable` when it is not there, not ours to read, or no plain file. */
export async function fileSource(path: string): Promise<Source> {
  const file = await open(path, 'r').catch(error => {
    throw new Unreadable(sentence(error), null)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory()) throw new Unreadable('This is a folder; name the files in it.', null)
    if (!stat.isFile())
      throw new Unreadable('This is no plain file; it is read more than once, so save it first.', null)
    return { name: basename(path), bytes: stat.size, open: () => createReadStream(path, { highWaterMark: 1 << 20 }) }
  } finally {
    await file.close()
  }
}

function sentence(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return 'There is no such file.'
  if (error.code === 'EACCES' || error.code === 'EPERM') return 'This file may not be read.'
  return `This file cannot be read (${error.code ?? error.message}).`
}
