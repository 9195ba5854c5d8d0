import { parseArgs } from 'node:util'
import { type FileReport, refusedReport } from '../exchange/file-report.ts'
import { type Named, setsOf } from '../exchange/file-sets.ts'
import { importSet } from '../exchange/import-fhir.ts'
import { Unreadable } from '../exchange/unreadable.ts'
import { system } from '../kernel/actor.ts'
import { parseDay } from '../kernel/dates.ts'
import { withApp } from '../main/with-app.ts'
import type { App } from '../platform/app.ts'
import { readConfig } from '../platform/config.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { held, readHeldWish } from './import-held.ts'
import { byteBar } from './import-progress.ts'
import { reportLines } from './import-report.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico import fhir FILE… --practice S [--open-since DATE]
portico import held --practice S
portico import held answer CLAIM bill|not-theirs|leave --practice S [--share LINE=A]… [--insurance LINE=A]… [--patient ID] --reason R

  fhir         takes FHIR R4 bundles
  held         lists the claims that wait for staff, each with why, its lines and what insurers said of them
  held answer  gives the answer to one, once: bill it with a share for every line; it is not the patient's; leave it as it is

  --practice S         the practice by its slug
  --open-since DATE    shares of bills issued since then are open; older ones come in as settled history.
                       Without it all are open.

  --share LINE=A       the patient's share of a line, in dollars, such as 1=50.00; every line needs one to be billed
  --insurance LINE=A   what insurance paid of a line, where that is in doubt
  --patient ID         whose claim it is, where it is held for that
  --reason R           why, for the record

A file is a FHIR R4 Bundle, or newline-delimited JSON of a bulk export: the NDJSON files of one command are one set, and what
one of them names may stand in another. A file, or set, is checked whole before anything of it is written. It is safe to import
it again: only what is new is taken. The exit status is 1 when a file was refused.
`

export type ImportWish = { files: string[]; practice: string; openSince: Temporal.PlainDate | undefined }

export async function run(args: string[], io: Io): Promise<number> {
  if (args[0] === 'held') {
    const wish = readHeldWish(args.slice(1))
    return await withApp(readConfig(), 'import', app => held(app, wish, io))
  }
  const wish = readWish(args)
  return await withApp(readConfig(), 'import', app => importFiles(app, wish, io))
}

/**
 * Imports each Bundle by itself, and the files of a bulk export as one set; what is refused does not keep the others out.
 * Answers with the exit status.
 */
export async function importFiles(app: App, wish: ImportWish, io: Io): Promise<number> {
  const practice = await practiceOf(app, wish.practice)
  const actor = system(practice.id, 'command line')
  const reports: FileReport[] = []
  for (const set of await setsOf(wish.files)) {
    const bar = byteBar(set.length > 1 ? `${set.length} files` : (set[0]?.path ?? ''))
    const options = { onBytes: bar.show, ...(wish.openSince ? { openSince: wish.openSince } : {}) }
    const told = await importOne(set, sources => importSet(app, actor, sources, options))
    bar.end()
    for (const [n, { path, at }] of set.entries()) reports[at] = { ...(told[n] as FileReport), file: path }
    if (!io.json)
      for (const { at } of set) {
        const report = reports[at] as FileReport
        for (const line of reportLines(report)) (report.status === 'refused' ? io.warn : io.print)(line)
      }
  }
  if (io.json) io.print(JSON.stringify({ files: reports }))
  return reports.some(report => report.status === 'refused') ? 1 : 0
}

/** Imports a set; where one of its files cannot be opened, all are refused. */
async function importOne(
  set: readonly Named[],
  take: (sources: Parameters<typeof importSet>[2]) => Promise<FileReport[]>,
): Promise<FileReport[]> {
  const missing = set.find(one => 'unreadable' in one)
  if (!missing) return take(set.flatMap(one => ('source' in one ? one.source : [])))
  const beside = new Unreadable(`${missing.path}, which was named with it, is refused.`, null)
  return set.map(one => refusedReport(one.path, 'unreadable' in one ? one.unreadable : beside))
}

function readWish(args: string[]): ImportWish {
  const options = { practice: { type: 'string' }, 'open-since': { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [format, ...files] = positionals
  if (format !== 'fhir')
    throw new Trouble('It is portico import fhir FILE… --practice S, or portico import held --practice S.')
  if (files.length === 0) throw new Trouble('Name the files to import: portico import fhir FILE… --practice S.')
  if (!values.practice) throw new Trouble('Name the practice: --practice S.')
  const since = values['open-since']
  const openSince = since === undefined ? undefined : parseDay(since)
  if (since !== undefined && !openSince)
    throw new Trouble(`--open-since takes a date such as 2026-01-31, not ${since}.`)
  return { files, practice: values.practice, openSince }
}
