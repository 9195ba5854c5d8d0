import { type Mail, type MailContent, renderMail } from '../design/mail.tsx'
import { type Words, wordsFor } from '../design/words.ts'
import { selectRecipients } from '../identity/logins.ts'
import { hexOf } from '../kernel/colour.ts'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx } from '../platform/database.ts'
import { getAbout } from '../practice/about.ts'
import type { Practice } from '../practice/practices.ts'
import type { MessageKind } from './messages.ts'

/** One mail to one person, and what it tells of. */
export type Letter = {
  readonly about: string
  readonly kind: MessageKind
  readonly to: string
  readonly account: AccountId | null
  readonly mail: Mail
}

export type Reader = {
  readonly email: string
  readonly name: string
  readonly locale: Locale | null
  readonly login: string
}
export type Desk = { readonly practice: Practice; readonly brand: string; readonly url: (path: string) => string }

/** What every letter of a practice needs; mails know no `oklch`, so the practice's colour is written as hex there. */
export async function openDesk(app: App, tx: Tx, practice: PracticeId): Promise<Desk> {
  const about = await getAbout(tx, practice)
  return { practice: about.practice, brand: hexOf(about.settings.brand), url: path => `${app.config.url}${path}` }
}

/** The people a household's letters go to. */
export async function readersOf(tx: Tx, practice: PracticeId, account: AccountId): Promise<Reader[]> {
  return rows(tx, selectRecipients(practice, account))
}

/** A letter in its reader's language. */
export function letter(
  desk: Desk,
  reader: Pick<Reader, 'email' | 'locale'>,
  about: { about: string; kind: MessageKind; account: AccountId | null },
  content: (words: Words) => Omit<MailContent, 'words' | 'practice'>,
): Letter {
  const words = wordsFor(reader.locale ?? desk.practice.locale)
  const { name, phone } = desk.practice
  return {
    ...about,
    to: reader.email,
    mail: renderMail({ words, practice: { name, phone, brand: desk.brand }, ...content(words) }),
  }
}
