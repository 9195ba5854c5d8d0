import { type Mail, type MailContent, renderMail } from '../design/mail.tsx'
import { type Words, wordsFor } from '../design/words.ts'
import { selectRecipients } from '../identity/logins.ts'
import type { AccountId, PracticeId } from '../kernel/ids.ts'
import type { App } from '../platform/app.ts'
import { rows, type Tx } from '../platform/database.ts'
import { getPractice, type Practice } from '../practice/practices.ts'
import { getSettings } from '../practice/settings.ts'
import type { MessageKind } from './messages.ts'

/** One mail to one person, and what it tells of. */
export type Letter = { readonly about: string; readonly kind: MessageKind; readonly to: string; readonly account: AccountId | null; readonly mail: Mail }

export type Reader = { readonly email: string; readonly name: string; readonly locale: 'en' | 'es' | null; readonly login: string }
export type Desk = { readonly practice: Practice; readonly brand: string; readonly url: (path: string) => string }

/** What every letter of a practice needs; mails know no `oklch`, so a fixed dark tint stands for the practice's colour there. */
export async function openDesk(app: App, tx: Tx, practice: PracticeId): Promise<Desk> {
  const { brand } = await getSettings(tx, practice)
  return { practice: await getPractice(tx, practice), brand: mailColour(brand), url: path => `${app.config.url}${path}` }
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
  return { ...about, to: reader.email, mail: renderMail({ words, practice: { name, phone, brand: desk.brand }, ...content(words) }) }
}

/** `oklch(L C h)` as the `#rrggbb` that mail clients know (CSS Color 4, section 18: OKLCH to sRGB). */
export function mailColour(oklch: string): string {
  const [l = 0.44, c = 0.085, h = 195] = (oklch.match(/[\d.]+/g) ?? []).map(Number)
  const a = c * Math.cos((h * Math.PI) / 180)
  const b = c * Math.sin((h * Math.PI) / 180)
  const [L, M, S] = [l + 0.3963377774 * a + 0.2158037573 * b, l - 0.1055613458 * a - 0.0638541728 * b, l - 0.0894841775 * a - 1.291485548 * b].map(x => x ** 3) as [number, number, number]
  const linear = [4.0767416621 * L - 3.3077115913 * M + 0.2309699292 * S, -1.2684380046 * L + 2.6097574011 * M - 0.3413193965 * S, -0.0041960863 * L - 0.7034186147 * M + 1.707614701 * S]
  const channel = (x: number) => Math.round(255 * Math.min(1, Math.max(0, x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055)))
  return `#${linear.map(x => channel(x).toString(16).padStart(2, '0')).join('')}`
}
