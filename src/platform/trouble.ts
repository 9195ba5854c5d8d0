/** Something around Portico is not as it must be; the message is a sentence for the person who runs it. */
export class Trouble extends Error {
  override name = 'Trouble'
}

/** The sentence for an error of the file system, or undefined when the error is of another kind. */
export function fileTrouble(error: unknown, path: string): Trouble | undefined {
  const text = error instanceof Error ? `${codeOf(error)} ${error.message}` : String(error)
  if (/ENOSPC|EDQUOT|No space left|Disk quota|could not extend file|wrote only/i.test(text)) {
    return new Trouble(`The disk that holds ${path} is full. Free some space there, then start again.`)
  }
  if (/EROFS|Read-only file system/i.test(text)) {
    return new Trouble(`${path} lies on a read-only file system. Name a folder that can be written to in PORTICO_DATA.`)
  }
  if (/EACCES|EPERM|Permission denied|Operation not permitted/i.test(text)) {
    return new Trouble(`This user may not write to ${path}. Give it to them, or name another folder in PORTICO_DATA.`)
  }
  return undefined
}

/** For a folder that could not be made, whatever the reason; on a read-only disk Node says no more than ENOENT. */
export function folderTrouble(error: unknown, path: string): Trouble {
  const why = `The folder ${path} cannot be made (${codeOf(error)}). Name another one in PORTICO_DATA.`
  return fileTrouble(error, path) ?? new Trouble(why)
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
