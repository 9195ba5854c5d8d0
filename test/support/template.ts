import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { escapeIdentifier } from 'pg'
import { asSuperuser } from './database.ts'

/** Whatever decides how a migrated database looks. */
const sources = ['migrations/*.sql', 'src/platform/migrate.ts', 'src/platform/queue.ts', 'package-lock.json']

/** The name of a database as the migrations leave it; made when these migrations are new. */
export async function makeTemplate(postgres: string): Promise<string> {
  const name = `template_${contentHash()}`
  await asSuperuser(postgres, 'postgres', async client => {
    await client.query('select pg_advisory_lock(7)')
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount) return
    const making = `making_${name}`
    await client.query(`drop database if exists ${making} with (force)`)
    await client.query(`create database ${making} owner portico_owner`)
    await migrateTo(postgres.replace('postgres@', 'portico_owner@').concat('/', making))
    await client.query(`alter database ${making} rename to ${name}`)
  })
  return name
}

/** Databases that a killed run left; nobody uses them when the server was not running. */
export async function removeLeftovers(postgres: string): Promise<void> {
  await asSuperuser(postgres, 'postgres', async client => {
    const { rows } = await client.query("select datname from pg_database where datname like 'test\\_%'")
    for (const { datname } of rows) await client.query(`drop database ${escapeIdentifier(datname)}`)
  })
}

async function migrateTo(ownerUrl: string): Promise<void> {
  const { migrate } = await import('../../src/platform/migrate.ts')
  await migrate(ownerUrl)
}

function contentHash(): string {
  const hash = createHash('sha256')
  for (const path of globSync(sources).sort()) hash.update(`${path}\0`).update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}
