import { type OfficeWords, wordsFor } from '../design/words.ts'
import type { Refusal } from '../kernel/refusal.ts'
import { sentenceOf } from '../web/errors.tsx'

/** What a refusal says to staff: the office's own sentence, else the one that patients read. */
export function officeSentence(words: OfficeWords, refusal: Refusal): string {
  const key = `refusal.${refusal.code}`
  if (words.has(key)) return words.t(key, refusal.values)
  return sentenceOf(wordsFor('en'), refusal) ?? words.t('refusal.unknown')
}
