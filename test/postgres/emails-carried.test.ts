import pg from 'pg'
import { expect, test } from 'vitest'
import { readEmail } from '../../src/identity/emails.ts'
import { migrate } from '../../src/platform/migrate.ts'
import { databaseBefore } from '../support/older.ts'

test('addresses of mail are carried in the spelling in which they are looked for', async () => {
  const spelled = [
    'plain@example.org',
    'ines@praxis-müller.example',
    'o@bücher.münchen.example',
    'п@почта.рф',
    'a@例え.テスト',
    'mixed@faß.example',
    'long@überlängeäöüß-und-noch-mehr.example',
  ]
  const database = await databaseBefore('0016')
  const client = new pg.Client({ connectionString: database.superuserUrl })
  try {
    await client.connect()
    for (const email of spelled)
      await client.query('insert into identity.login (id, name, email) values ($1, $1, $1)', [email])
    await client.query(
      `insert into identity.login (id, name, email) values ('first', 'first', 'two@xn--praxis-mller-klb.example')`,
    )
    await client.query(
      `insert into identity.login (id, name, email) values ('second', 'second', 'two@praxis-müller.example')`,
    )
    await migrate(database.ownerUrl)
    const { rows } = await client.query<{ id: string; email: string }>(
      'select id, email from identity.login order by id',
    )
    const kept = new Map(rows.map(row => [row.id, row.email]))
    expect(spelled.map(email => kept.get(email))).toEqual(spelled.map(readEmail))
    // Two logins never become one by this: the second keeps its spelling.
    expect([kept.get('first'), kept.get('second')]).toEqual([
      'two@xn--praxis-mller-klb.example',
      'two@praxis-müller.example',
    ])
  } finally {
    await client.end()
    await database.drop()
  }
})
