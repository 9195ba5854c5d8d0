import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** A file of ours: its path in the clone, its text, and what it imports, resolved where it is one of ours. */
export type Source = {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
  /** For a file of src: its room, and the folder inside it, '' at its top. */
  readonly room: string
  readonly folder: string
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g

/** The files that fit these patterns; tests are sources too. */
export function readSources(...patterns: string[]): Source[] {
  return globSync(patterns)
    .sort()
    .map(path => {
      const text = readFileSync(path, 'utf8')
      const imports = [...text.matchAll(IMPORT)].map(([, name = '']) => resolveFrom(path, name))
      return { path, text, imports, ...placeOf(path) }
    })
}

export const isTest = ({ path }: Pick<Source, 'path'>) => /\.test\.tsx?$/.test(path)

/** src/processor/stripe/stripe.ts stands in the room processor, in its folder stripe. */
export function placeOf(path: string): { room: string; folder: string } {
  const [top, room = '', ...rest] = path.split('/')
  return top === 'src' ? { room, folder: rest.slice(0, -1).join('/') } : { room: '', folder: '' }
}

function resolveFrom(path: string, name: string): string {
  return name.startsWith('.') ? normalize(join(dirname(path), name)) : name
}
