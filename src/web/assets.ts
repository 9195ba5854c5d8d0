import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Assets } from '../design/frame.ts'

type Chunk = { readonly file: string; readonly src?: string; readonly assets?: string[] }

/** The folder with what the build made for browsers: beside the running bundle; for tests the newest build. */
export function clientFolder(): string {
  const beside = join(dirname(process.argv[1] ?? ''), '..', 'client')
  if (existsSync(join(beside, '.vite'))) return beside
  const current = JSON.parse(readFileSync(resolve('dist/current'), 'utf8')) as { hash: string }
  return resolve('dist', current.hash, 'client')
}

/** The addresses of styles, fonts and islands, from the build's manifest. */
export function readAssets(folder: string): Assets {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite', 'manifest.json'), 'utf8')) as Record<string, Chunk>
  const styles = manifest['styles/portico.css']
  if (!styles) throw new Error('broken promise: the build has a style sheet')
  const islands = new Map(
    Object.entries(manifest).flatMap(([name, chunk]) =>
      name.startsWith('src/islands/') ? [[name.replace(/^.*\/|\.\w+$/g, ''), `/${chunk.file}`] as const] : [],
    ),
  )
  return {
    css: `/${styles.file}`,
    // The latin face is needed by the first paint of every page; the browser fetches latin-ext when a name asks for it.
    fonts: (styles.assets ?? []).filter(file => /latin-wght-normal/.test(file)).map(file => `/${file}`),
    island: name => {
      const address = islands.get(name)
      if (!address) throw new Error(`broken promise: there is an island ${name}`)
      return address
    },
  }
}
