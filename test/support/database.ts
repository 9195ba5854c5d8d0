import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export type FreshDatabase = {
  ownerUrl: string
  appUrl: string
  queueUrl: string
  /** For a test that must look past row-level security. */
  superuserUrl: string
  drop(): Promise<void>
}

/** A migrated database of its own for a test file, or for a test, or one with nothing in it; `drop` it when done. */
export function freshDatabase(template = inject('template')): Promise<FreshDatabase> {
  return copyTemplate(inject('postgres'), template)
}

/** A copy of a database on a server, also outside of a test run. */
export async function copyTemplate(postgres: string, template: string): Promise<FreshDatabase> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  await asSuperuser(postgres, 'postgres', client =>
    client.query(`create database ${name} template ${template} owner portico_owner strategy file_copy`),
  )
  const urlOf = (role: string) => `${postgres.replace('postgres@', `${role}@`)}/${name}`
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

export async function asSuperuser<T>(
  postgres: string,
  database: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: `${postgres}/${database}` })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
