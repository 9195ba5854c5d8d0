import { officeWords, wordsFor } from '../design/words.ts'
import type { Refusal } from '../kernel/refusal.ts'

/** What only the command line can be refused; the rest are the sentences that people read on pages. */
const SENTENCES: Record<string, string> = {
  'practice.slug-taken': 'There is a practice with this slug already.',
  'practice.slug-reserved': 'This slug means something else in an address. Choose another.',
  'practice.slug-invalid': 'A slug is 3 to 40 small letters, digits and hyphens, and begins with a letter.',
  'practice.zone-unknown': 'There is no such time zone. One looks like America/New_York.',
  busy: 'The card processor does not answer. Nothing is lost: run the same command again when it does.',
}

/** A refusal as a sentence for whoever typed the command. */
export function refusalSentence({ code, values }: Refusal): string {
  if (code === 'setting.unknown') return `There is no setting ${values.name}. There are: ${values.names}.`
  if (code === 'setting.invalid') return `${values.name}: ${values.why}`
  const key = `refusal.${code}`
  const words = [wordsFor('en'), officeWords()].find(each => each.has(key))
  return SENTENCES[code] ?? words?.t(key as never, values) ?? `It was refused: ${code}.`
}
