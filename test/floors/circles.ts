import type { Source } from './sources.ts'

type Importing = Pick<Source, 'path' | 'imports'>

/** The circles in which files import each other: of each, the first way found around it, from its first file on. */
export function circlesIn(files: readonly Importing[]): string[][] {
  const imports = new Map(files.map(({ path, imports }) => [path, imports]))
  const done = new Set<string>()
  const circles: string[][] = []
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) return void circles.push([...way.slice(at)])
    if (done.has(path)) return
    for (const next of imports.get(path) ?? []) if (imports.has(next)) visit(next, [...way, path])
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return circles
}
