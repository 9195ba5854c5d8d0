import type { DatabaseSync } from 'node:sqlite'
import { cardOfNumber, cardOfToken, nameOf } from './cards.ts'

/** What a card that is not listed becomes: a test card that is declined, as it was treated before. */
const DECLINED = cardOfToken('pm_card_chargeDeclined')

/** Puts each card's name in the place of its number, in a store that was made when numbers were still kept; nothing of them stays in the file. */
export function forgetNumbers(db: DatabaseSync): void {
  const kept = db
    .prepare(`select id, hidden ->> '$.number' as number from objects where hidden ->> '$.number' is not null`)
    .all()
  if (kept.length === 0) return
  const put = db.prepare(
    `update objects set hidden = json_set(json_remove(hidden, '$.number'), '$.card', ?),
      body = json_set(body, '$.card.fingerprint', coalesce(?, body ->> '$.card.fingerprint')) where id = ?`,
  )
  db.exec('pragma secure_delete = on; begin immediate')
  for (const { id, number } of kept) {
    const listed = cardOfNumber(String(number))
    const card = listed ?? DECLINED
    // A fingerprint was made of the number, and of one that is not listed it would tell it.
    if (card) put.run(nameOf(card), listed ? null : 'unlisted', String(id))
  }
  db.exec('commit; vacuum; pragma wal_checkpoint(truncate)')
}
