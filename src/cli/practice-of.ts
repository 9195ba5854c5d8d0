import type { App } from '../platform/app.ts'
import { Trouble } from '../platform/trouble.ts'
import { findBySlug, type Listing, listDirectory } from '../practice/practices.ts'

/** The practice that `--practice` names; a sentence when it is missing or unknown. */
export async function practiceOf(app: Pick<App, 'db'>, slug: string | undefined): Promise<Listing> {
  if (!slug) throw new Trouble('Name the practice: --practice S.')
  const practice = await findBySlug(app.db, slug)
  if (!practice) throw new Trouble(`There is no practice ${slug}.`)
  return practice
}

/** The practice that `--practice` names, or all of them. */
export async function practicesOf(app: Pick<App, 'db'>, slug: string | undefined): Promise<Listing[]> {
  return slug === undefined ? listDirectory(app.db) : [await practiceOf(app, slug)]
}
