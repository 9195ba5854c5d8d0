import { sql } from 'kysely'
import { type AccountId, newId, type PracticeId } from '../kernel/ids.ts'
import { maybe, type Tx } from '../platform/database.ts'

export type MessageKind = 'link' | 'bill' | 'receipt' | 'declined' | 'refund' | 'code' | 'invitation' | 'unlock'

/** Whether this recipient was told of this already. */
export async function wasTold(
  tx: Tx,
  practice: PracticeId,
  message: { about: string; kind: MessageKind; recipient: string },
): Promise<boolean> {
  const found = await maybe(
    tx,
    sql`select id from notifications.message where practice_id = ${practice} and about = ${message.about} and kind = ${message.kind} and recipient = ${message.recipient}`,
  )
  return found !== undefined
}

/** Notes that somebody was told of something: once per thing, kind and recipient. */
export async function recordMessage(
  tx: Tx,
  practice: PracticeId,
  message: { about: string; kind: MessageKind; recipient: string; account: AccountId | null },
): Promise<void> {
  await sql`insert into notifications.message (practice_id, id, about, account_id, recipient, kind)
    values (${practice}, ${newId('msg')}, ${message.about}, ${message.account}, ${message.recipient}, ${message.kind}) on conflict (practice_id, about, kind, recipient) do nothing`.execute(
    tx,
  )
}
