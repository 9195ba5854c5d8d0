import { type OfficeWords, wordsFor } from '../design/words.ts'
import { Refusal } from '../kernel/refusal.ts'
import { sentenceOf } from '../web/errors.tsx'

/** What a refusal says to staff: the office's own sentence, else the one that patients read. */
export function officeSentence(words: OfficeWords, refusal: Refusal): string {
  const key = `refusal.${refusal.code}`
  if (words.has(key)) return words.t(key, refusal.values)
  return sentenceOf(wordsFor('en'), refusal) ?? words.t('refusal.unknown')
}

/** A refusal that belongs beside the form it came from; everything else is answered in the one place for it. */
export function refusalForForm(error: unknown): Refusal {
  if (error instanceof Refusal && (error.kind === 'invalid' || error.kind === 'conflict')) return error
  throw error
}
