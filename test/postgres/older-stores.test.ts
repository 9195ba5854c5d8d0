import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../src/platform/migrate.ts'
import { databaseBefore } from '../support/older.ts'

async function asRole<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

test('what was told before letters had states has been sent, and is not told again', async () => {
  const { ownerUrl, superuserUrl, drop } = await databaseBefore('0019')
  onTestFinished(drop)
  await asRole(superuserUrl, client =>
    client.query(`insert into practice.directory values ('prc_a', 'riverside');
      insert into practice.practice (practice_id, name, time_zone, locale, phone, email) values ('prc_a', 'Riverside', 'UTC', 'en', '', '');
      insert into notifications.message (practice_id, id, about, account_id, recipient, kind, sent_at)
        values ('prc_a', 'msg_a', 'pay_a', 'acc_a', 'maria@example.org', 'receipt', '2026-11-20T09:00:00Z')`),
  )
  await migrate(ownerUrl)
  const { rows } = await asRole(superuserUrl, client =>
    client.query(`select id, about, recipient, kind, state, tries, next_at, sent_at = '2026-11-20T09:00:00Z' and made_at = sent_at as kept
      from notifications.message`),
  )
  expect(rows).toEqual([
    {
      id: 'msg_a',
      about: 'pay_a',
      recipient: 'maria@example.org',
      kind: 'receipt',
      state: 'sent',
      tries: 1,
      next_at: null,
      kept: true,
    },
  ])
})
