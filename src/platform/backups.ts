import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import type { RolePasswords } from './migrate.ts'
import { renameForGood } from './rename.ts'
import { backUp } from './store/backup.ts'
import { broken, readParts } from './store/parts.ts'
import { restore } from './store/restore.ts'
import { codeOf, fileTrouble, Trouble } from './trouble.ts'

/** Writes the store into a file that only its owner may read. The name belongs to a whole backup alone, also when killed. */
export async function writeBackup(ownerUrl: string, path: string): Promise<{ rows: number }> {
  const making = `${path}.making-${process.pid}`
  let last: Buffer = Buffer.alloc(0)
  async function* pieces() {
    for await (last of backUp(ownerUrl)) yield last
  }
  try {
    await pipeline(pieces, createZstdCompress(), createWriteStream(making, { mode: 0o600, flush: true }))
    renameForGood(making, path)
  } catch (error) {
    await rm(making, { force: true })
    throw fileError(error, path)
  }
  return JSON.parse(last.toString('utf8'))
}

/** Restores a file into an empty store, once all of it was read and found whole. */
export async function restoreBackup(
  ownerUrl: string,
  path: string,
  passwords?: RolePasswords,
): Promise<{ rows: number; taken: string }> {
  for await (const part of readParts(readFile(path))) if ('data' in part) for await (const _rows of part.data);
  return restore(ownerUrl, readFile(path), passwords)
}

async function* readFile(path: string): AsyncGenerator<Buffer> {
  const text = new PassThrough()
  const reading = pipeline(createReadStream(path), createZstdDecompress(), text)
  reading.catch(() => undefined)
  try {
    yield* text
    await reading
  } catch (error) {
    throw /^(ZSTD_|Z_|ERR_ZSTD)/.test(codeOf(error)) ? broken() : fileError(error, path)
  }
}

function fileError(error: unknown, path: string): unknown {
  if (codeOf(error) === 'ENOENT') return new Trouble(`There is no ${path}, or no such folder.`)
  return fileTrouble(error, path) ?? error
}
