import { parseArgs } from 'node:util'
import { readRow } from '../audit/reads.ts'
import { fullName, listPatients } from '../identity/patients.ts'
import { system, wholePractice } from '../kernel/actor.ts'
import type { PatientId } from '../kernel/ids.ts'
import { withApp } from '../main/with-app.ts'
import { readConfig } from '../platform/config.ts'
import { rows, transact } from '../platform/database.ts'
import { Trouble } from '../platform/trouble.ts'
import type { Io } from './command.ts'
import { practiceOf } from './practice-of.ts'

export const usage = `
portico patients list --practice S   id, name and email of every patient
`

export async function run(args: string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { practice: { type: 'string' } }, allowPositionals: true })
  if (positionals[0] !== 'list') throw new Trouble('It is portico patients list --practice S.')
  return withApp(readConfig(), 'patients', async app => {
    const { id: practice } = await practiceOf(app, values.practice)
    const all: { id: PatientId; name: string; email: string | null }[] = []
    for (let after: PatientId | undefined; ; ) {
      const page = await transact(app.db, wholePractice(practice), async tx => {
        await rows(tx, readRow(system(practice, 'command line'), { what: 'patients.list' }))
        return listPatients(tx, practice, { limit: 1000, ...(after ? { after } : {}) })
      })
      all.push(...page.map(patient => ({ id: patient.id, name: fullName(patient), email: patient.email })))
      after = page.at(-1)?.id
      if (page.length < 1000) break
    }
    if (io.json) io.print(JSON.stringify(all))
    else for (const { id, name, email } of all) io.print([id, name, email ?? ''].join('\t'))
    return 0
  })
}
