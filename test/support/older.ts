import { createHash, randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { inject } from 'vitest'
import { asSuperuser, type FreshDatabase } from './database.ts'

/** A database as it was before a migration, by its number, for a test of what the migration carries; `drop` it when done. */
export async function databaseBefore(number: string): Promise<FreshDatabase> {
  const postgres = inject('postgres')
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  const urlOf = (role: string) => `${postgres.replace('postgres@', `${role}@`)}/${name}`
  await asSuperuser(postgres, 'postgres', client => client.query(`create database ${name} owner portico_owner`))
  await asSuperuser(postgres.replace('postgres@', 'portico_owner@'), name, async client => {
    await client.query(
      'create table public.portico_migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())',
    )
    for (const path of globSync('migrations/*.sql').sort()) {
      if (basename(path) >= number) break
      const text = readFileSync(path, 'utf8')
      await client.query(text)
      await client.query('insert into public.portico_migration (name, sha256) values ($1, $2)', [
        basename(path, '.sql'),
        createHash('sha256').update(text).digest('hex'),
      ])
    }
  })
  return {
    ownerUrl: urlOf('portico_owner'),
    appUrl: urlOf('portico_app'),
    queueUrl: urlOf('portico_queue'),
    superuserUrl: urlOf('postgres'),
    drop: async () => {
      await asSuperuser(postgres, 'postgres', client => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}
