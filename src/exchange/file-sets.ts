import { formatOf, type Source } from './fhir/formats.ts'
import { fileSource } from './file-source.ts'
import { Unreadable } from './unreadable.ts'

/** A file of the command, by its place among those that were named: to be read, or why it cannot be. */
export type Named = { readonly path: string; readonly at: number } & (
  | { readonly source: Source }
  | { readonly unreadable: Unreadable }
)

/** Files that are imported together: each Bundle by itself, and all that have a resource a line. */
export async function setsOf(paths: readonly string[]): Promise<Named[][]> {
  const named = await Promise.all(paths.map(openNamed))
  const lines = []
  const sets: Named[][] = []
  for (const one of named) {
    if (!(await hasLines(one))) sets.push([one])
    else if (lines.push(one) === 1) sets.push(lines)
  }
  return sets
}

async function openNamed(path: string, at: number): Promise<Named> {
  try {
    return { path, at, source: await fileSource(path) }
  } catch (error) {
    if (error instanceof Unreadable) return { path, at, unreadable: error }
    throw error
  }
}

/** Whether a file has a resource a line; of one that cannot be opened its name tells. */
async function hasLines(named: Named): Promise<boolean> {
  if (!('source' in named)) return formatOf(named.path, Buffer.alloc(0)) === 'lines'
  for await (const head of named.source.open()) return formatOf(named.source.name, Buffer.from(head)) === 'lines'
  return formatOf(named.source.name, Buffer.alloc(0)) === 'lines'
}
