import { globSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { leasePostgres, type PostgresLease } from '../../src/platform/shared-postgres.ts'
import { makeTemplate, removeLeftovers } from './template.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's URL of the run's server, without a database; tests reach it through `freshDatabase`. */
    postgres: string
    /** The migrated database that each test file's own is a copy of. */
    template: string
  }
}

const folder = resolve('.cache/postgres-test')

/** One server for the run, shared with other runs on the same clone, and kept with its template for the next one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { postgres, template, release } = await leaseTestServer()
  project.provide('postgres', postgres)
  project.provide('template', template)
  return release
}

/** The same server for what runs outside of a test run; see `copyTemplate`. */
export async function leaseTestServer(): Promise<{ postgres: string; template: string; release(): Promise<void> }> {
  const server = await leaseServer()
  const postgres = server.ownerUrl.replace('portico_owner@', 'postgres@').replace(/[/][^/]*$/, '')
  if (!server.adopted) await removeLeftovers(postgres)
  for (const old of globSync(`${folder}.before-*`)) rmSync(old, { recursive: true, force: true })
  return { postgres, template: await makeTemplate(postgres), release: () => server.release() }
}

/** Without fsync a crash of the machine may have spoilt the cluster; it holds nothing that cannot be made again. */
async function leaseServer(): Promise<PostgresLease> {
  try {
    return await leasePostgres({ folder, fsync: false })
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return await leasePostgres({ folder, fsync: false })
  }
}
