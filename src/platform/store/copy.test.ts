import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { copyIn, copyOut } from './copy.ts'

let database: FreshDatabase
let client: pg.Client
let watcher: pg.Client
beforeAll(async () => {
  database = await freshDatabase()
  client = new pg.Client({ connectionString: database.ownerUrl, application_name: 'copying' })
  watcher = new pg.Client({ connectionString: database.superuserUrl })
  await Promise.all([client.connect(), watcher.connect()])
  await client.query('create temp table copied (n int primary key, t text)')
})
afterAll(async () => {
  await Promise.all([client.end(), watcher.end()])
  await database.drop()
})

async function* texts(...pieces: string[]) {
  for (const piece of pieces) yield Buffer.from(piece)
}
const count = async () => (await client.query('select count(*)::int as n from copied')).rows[0]?.n

test('a slow reader makes the server wait, and then gets all of it', async () => {
  const out = copyOut(client, "copy (select repeat('x', 999) from generate_series(1, 100000)) to stdout")
  const state = `select wait_event from pg_stat_activity where application_name = 'copying'`
  await expect.poll(async () => (await watcher.query(state)).rows[0]?.wait_event).toBe('ClientWrite')
  expect(out.readableLength).toBeLessThan(2_000_000)
  let bytes = 0
  for await (const piece of out) bytes += piece.length
  expect(bytes).toBe(100_000_000)
})

test('rows that were copied in are counted; what the server refuses, or the source, is the error, and the connection goes on', async () => {
  const into = (source: AsyncIterable<Buffer>) => copyIn(client, 'copy copied from stdin', source)
  expect(await into(texts('1\ta\n2', '\tb\n'))).toBe(2)
  const many = Array.from({ length: 50 }, (_, n) =>
    Array.from({ length: 1000 }, (_, m) => `${n * 1000 + m}\tx\n`).join(''),
  )
  await expect(into(texts(...many))).rejects.toThrow('copied_pkey')
  async function* failing() {
    yield Buffer.from('4\td\n')
    throw new Error('the disk is gone')
  }
  await expect(into(failing())).rejects.toThrow('the disk is gone')
  expect(await count()).toBe(2)
})
