import { sql } from 'kysely'
import { actorName } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Id, PracticeId } from '../kernel/ids.ts'
import { maybe, rows, type Tx } from '../platform/database.ts'
import type { FileReport } from './file-report.ts'

export type ImportId = Id<'imp'>

/** One file that came in: its name and hash, and what it came to. */
export type ImportFacts = {
  readonly id: ImportId
  readonly file: string
  /** SHA-256 of the file's bytes. */
  readonly hash: string
  readonly report: FileReport
}

/**
 * Takes the practice's turn to import, until the transaction ends: two files at once would meet each other's patients
 * half-written. Waiting and writing may take longer than a request's statements.
 */
export async function lockImports(tx: Tx, actor: Actor): Promise<void> {
  await sql`select set_config('statement_timeout', '0', true)`.execute(tx)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`exchange.import ${actor.practice}`}, 0))`.execute(tx)
}

/** The report of a file with these very bytes, if one came in before. */
export async function findImport(tx: Tx, actor: Actor, hash: string): Promise<{ report: FileReport } | undefined> {
  return maybe(
    tx,
    sql<{ report: FileReport }>`select report from exchange.import
      where practice_id = ${actor.practice} and content_hash = ${hash} order by id limit 1`,
  )
}

/** Appends a file that came in. */
export async function recordImport(tx: Tx, actor: Actor, facts: ImportFacts): Promise<void> {
  const { id, file, hash, report } = facts
  await sql`insert into exchange.import (practice_id, id, file, content_hash, report, actor)
    values (${actor.practice}, ${id}, ${file}, ${hash}, ${JSON.stringify(report)}, ${actorName(actor)})`.execute(tx)
}

/** The names of the files that came in, in the order of their coming. */
export async function listImports(tx: Tx, practice: PracticeId): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ file: string }>`select file from exchange.import where practice_id = ${practice} order by id`,
  )
  return found.map(one => one.file)
}
