import { sql } from 'kysely'
import { actorName } from '../audit/events.ts'
import type { Actor } from '../kernel/actor.ts'
import type { Id, PracticeId } from '../kernel/ids.ts'
import { maybe, rows, type Tx } from '../platform/database.ts'
import type { FileReport } from './file-report.ts'

export type ImportId = Id<'imp'>

/** One file that came in: its name and hash. */
export type ImportFacts = {
  readonly id: ImportId
  readonly file: string
  /** SHA-256 of the file's bytes. */
  readonly hash: string
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

/** Appends a file that came in; what it comes to is kept when all of it is known. */
export async function recordImport(tx: Tx, actor: Actor, { id, file, hash }: ImportFacts): Promise<void> {
  await sql`insert into exchange.import (practice_id, id, file, content_hash, report, actor)
    values (${actor.practice}, ${id}, ${file}, ${hash}, '{}', ${actorName(actor)})`.execute(tx)
}

/** Keeps what a file came to. */
export async function keepReport(tx: Tx, actor: Actor, id: ImportId, report: FileReport): Promise<void> {
  await sql`update exchange.import set report = ${JSON.stringify(report)} where practice_id = ${actor.practice} and id = ${id}`.execute(
    tx,
  )
}

/** The names of the files that came in, in the order of their coming. */
export async function listImports(tx: Tx, practice: PracticeId): Promise<string[]> {
  const found = await rows(
    tx,
    sql<{ file: string }>`select file from exchange.import where practice_id = ${practice} order by id`,
  )
  return found.map(one => one.file)
}
