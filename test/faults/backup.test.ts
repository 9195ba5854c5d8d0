import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { builtEntry, environmentOf, runToEnd } from '../support/processes.ts'
import { makeHousehold, makeWorld, type World } from '../support/world.ts'

const home = mkdtempSync(join(tmpdir(), 'portico-backup-'))
const file = (name: string) => join(home, name)
let world: World
let entry: string
beforeAll(async () => {
  entry = await builtEntry()
  world = await makeWorld({ watched: false })
  await makeHousehold(world, [12_300n])
}, 120_000)
afterAll(async () => {
  await world?.end()
  rmSync(home, { recursive: true, force: true })
})

async function portico(words: string[], env: Record<string, string>) {
  const { status, out, said } = await runToEnd([entry, ...words, '--json'], env)
  return { status, said, told: out ? JSON.parse(out) : undefined }
}

test('the commands carry a store from a server to the built-in database, and say why a second time is refused', {
  timeout: 60_000,
}, async () => {
  const elsewhere = environmentOf(world)
  const here = { NODE_ENV: '', PORTICO_MODE: 'test', PORTICO_DATA: file('data') }
  const made = await portico(['backup', file('first')], elsewhere)
  expect(made).toMatchObject({ status: 0, told: { file: file('first') } })
  expect(await portico(['restore', file('first')], here)).toMatchObject({ status: 0, told: { rows: made.told.rows } })
  expect((await portico(['patients', 'list', '--practice', 'riverside'], here)).told).toEqual(
    (await portico(['patients', 'list', '--practice', 'riverside'], elsewhere)).told,
  )
  // One row more each: that somebody looked at the patients.
  for (const env of [elsewhere, here])
    expect(await portico(['backup', file('second')], env)).toMatchObject({ told: { rows: made.told.rows + 1 } })
  expect(await portico(['restore', file('second')], here)).toMatchObject({
    status: 1,
    said: expect.stringMatching(/^This store is not empty/),
  })
})
