import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeVisitor } from '../../../test/support/visitors.ts'
import { makeWorld, type World } from '../../../test/support/world.ts'
import { scopeOf } from '../../kernel/actor.ts'
import { type OpenApp, openApp } from '../../main/app.ts'
import { rows, transact } from '../../platform/database.ts'
import { text } from '../answers.ts'
import { clientFolder, readAssets } from '../assets.ts'
import { readFiles } from '../files.ts'
import { patientGet } from '../route.ts'
import { buildServer } from '../server.ts'

let world: World
/** An app with one connection to the database. */
let narrow: OpenApp
beforeAll(async () => {
  world = await makeWorld()
  const { appUrl, queueUrl } = world.database
  narrow = await openApp(world.config, { appUrl, queueUrl, name: 'narrow', silent: true, poolSize: 1 })
}, 60_000)
afterAll(async () => {
  await narrow?.close()
  await world?.end()
})

test('what a page leaves for later is made when its transaction has ended, and its connection is free', async () => {
  const { cookie } = await makeVisitor(world.app, world.practice, [1000n])
  const route = patientGet(
    { path: '/:practice/later', room: 'documents', audit: 'later.see', answers: 'text' },
    async ({ app, actor }) =>
      async () => {
        const [row] = await transact(app.db, scopeOf(actor), tx => rows(tx, sql<{ n: number }>`select 1 as n`))
        return text(`drawn ${row?.n}`)
      },
  )
  const client = clientFolder()
  const server = buildServer(narrow, [route], { assets: readAssets(client), files: readFiles(client) })
  const answer = await server.fetch(new Request(`${world.config.url}/riverside/later`, { headers: { Cookie: cookie } }))
  expect([answer.status, await answer.text()]).toEqual([200, 'drawn 1'])
})
