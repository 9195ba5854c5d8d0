import type { OfficeWords, Words } from './words.ts'

/** Scripts that a page may ask for; each improves a form that works without it. */
export type Island = 'card-entry' | 'pay-amount'

/** The addresses of what the build made. */
export type Assets = {
  css: string
  /** Font files that the first paint needs. */
  fonts: readonly string[]
  island(name: Island): string
}

export type PracticeFace = { slug: string; name: string; phone: string | null }

/** What every page needs around its content; made once per request by what serves it. */
export type Frame = {
  words: Words
  assets: Assets
  /** This page's own path, to come back to after a change of language. */
  path: string
  /** The demo's people are made up; the first page says so. */
  demo: boolean
  /** The session's token; absent before sign-in. */
  csrf?: string | undefined
  practice?: PracticeFace | undefined
}
export type PracticeFrame = Frame & { practice: PracticeFace }
export type PersonFrame = PracticeFrame & { csrf: string; person: { name: string } }

export type OfficeFrame = {
  words: OfficeWords
  assets: Assets
  demo: boolean
  csrf: string
  practice: PracticeFace & { posting: 'auto' | 'manual' }
  staff: { name: string; role: string }
}
