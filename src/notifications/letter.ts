import type { RecordedEvent } from '../audit/events.ts'
import { type Mail, type MailContent, renderMail } from '../design/mail.tsx'
import { type Words, wordsFor } from '../design/words.ts'
import { type Recipient, selectRecipients } from '../identity/logins.ts'
import { hexOf } from '../kernel/colour.ts'
import type { AccountId, PatientId, PracticeId } from '../kernel/ids.ts'
import type { Locale } from '../kernel/locale.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx } from '../platform/database.ts'
import { getAbout } from '../practice/about.ts'
import type { Practice } from '../practice/practices.ts'
import type { Addressed, MessageKind } from './messages.ts'

/** A kind of letter: who gets it when its event was heard, and what it says when it is sent. */
export type LetterKind = {
  readonly kind: MessageKind
  address(tx: Tx, practice: PracticeId, event: RecordedEvent): Promise<readonly Addressed[]>
  /** With what is true by then, tokens minted now; nothing where nobody needs it any more. */
  write(app: App, tx: Tx, sheet: Sheet): Promise<Mail | undefined>
}

/** What one letter is written with. */
export type Sheet = {
  readonly practice: Practice
  readonly brand: string
  readonly event: RecordedEvent
  readonly recipient: string
  readonly url: (path: string) => string
}

export type Content = (words: Words) => Omit<MailContent, 'words' | 'practice'>

/** Mails know no `oklch`, so the practice's colour is written as hex there. */
export async function openSheet(
  app: App,
  tx: Tx,
  { practice: id, event, recipient }: { practice: PracticeId; event: RecordedEvent; recipient: string },
): Promise<Sheet> {
  const { practice, settings } = await getAbout(tx, id)
  return { practice, event, recipient, brand: hexOf(settings.brand), url: path => `${app.config.url}${path}` }
}

/** A letter in its reader's language. */
export function letter({ practice, brand }: Sheet, locale: Locale | null, content: Content): Mail {
  const words = wordsFor(locale ?? practice.locale)
  const { name, phone } = practice
  return renderMail({ words, practice: { name, phone, brand }, ...content(words) })
}

/** Everyone whom a household's letters go to; of a bill, those who may see its patient's. */
export async function addressHousehold(
  tx: Tx,
  practice: PracticeId,
  { account, patient }: { account: AccountId; patient?: PatientId },
  about: string,
): Promise<Addressed[]> {
  const household = await rows(tx, selectRecipients(practice, account))
  const readers = patient ? household.filter(({ patients }) => patients.includes(patient)) : household
  return readers.map(({ email }) => ({ about, recipient: email, account }))
}

/** The one of them whom this letter goes to; nobody where their grants have ended. */
export async function findReader(
  tx: Tx,
  { practice, recipient }: Sheet,
  account: AccountId,
): Promise<Recipient | undefined> {
  const readers = await rows(tx, selectRecipients(practice.id, account))
  return readers.find(({ email }) => email === recipient)
}
