import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeWorld, type World } from '../../test/support/world.ts'
import { wholePractice } from '../kernel/actor.ts'
import { batch, lastBatch, narrow, readOnce, rows, transact, write } from './database.ts'

let world: World
beforeAll(async () => {
  world = await makeWorld()
}, 60_000)
afterAll(() => world?.end())

const names = sql<{ name: string }>`select name from practice.setting where name like 'test.%' order by name`
const keep = (practice: string, name: string) =>
  sql`insert into practice.setting (practice_id, name, value, changed_by) values (${practice}, ${name}, '1', 'test')`

test('the last reads of a transaction end it, with what was written before them', async () => {
  const { app, practice } = world
  const scope = wholePractice(practice.id)
  const [seen] = await transact(app.db, scope, async tx => {
    await write(tx, keep(practice.id, 'test.kept'))
    return lastBatch(tx, [names])
  })
  expect(seen).toEqual([{ name: 'test.kept' }])
  const asksAgain = transact(app.db, scope, async tx => {
    await lastBatch(tx, [names])
    return rows(tx, names)
  })
  await expect(asksAgain).rejects.toThrow('nothing is asked of a transaction after its last reads')
  expect(await readOnce(app.db, scope, [names])).toEqual([[{ name: 'test.kept' }]])
})

test('a write whose answer nobody waited for fails its transaction with its own reason, last reads or not', async () => {
  const { app, practice } = world
  const scope = wholePractice(practice.id)
  for (const read of [batch, lastBatch]) {
    const work = transact(app.db, scope, async tx => {
      await write(tx, keep(practice.id, 'test.lost'))
      await write(tx, keep(practice.id, 'test.lost'))
      return read(tx, [names])
    })
    await expect(work).rejects.toThrow('duplicate key')
  }
  expect(await readOnce(app.db, scope, [names])).toEqual([[{ name: 'test.kept' }]])
})

test('what a transaction is narrowed to holds for what follows, and a row sent behind it that fails ends it', async () => {
  const { app, practice, other } = world
  const counted = sql<{ n: bigint }>`select count(*) as n from practice.setting where name = 'test.kept'`
  const [[before], [after]] = await transact(app.db, wholePractice(practice.id), async tx => {
    const [first] = await batch(tx, [counted])
    narrow(tx, wholePractice(other.id))
    const [second] = await batch(tx, [counted])
    return [first, second]
  })
  expect([before?.n, after?.n]).toEqual([1n, 0n])
  const refused = transact(app.db, wholePractice(practice.id), async tx => {
    narrow(tx, wholePractice(other.id))
    await write(tx, keep(practice.id, 'test.elsewhere'))
    return lastBatch(tx, [counted])
  })
  await expect(refused).rejects.toThrow('row-level security')
})
