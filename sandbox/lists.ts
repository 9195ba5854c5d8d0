import type { SQLInputValue } from 'node:sqlite'
import type { Call } from './call.ts'
import { invalid } from './errors.ts'
import { type Kind, type Kinds, NOUNS } from './kinds.ts'
import { selectObjects } from './objects.ts'
import { has, integer, text } from './params.ts'
import { sql } from './store.ts'

export interface Page<T> {
  object: 'list'
  url: string
  has_more: boolean
  data: T[]
}

/** A condition in SQL with its values. */
export type Filter = [condition: string, ...values: SQLInputValue[]]

export const LIST_PARAMS = ['limit', 'starting_after', 'ending_before', 'created'] as const

const COMPARISONS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/** One page of a kind's objects, newest first, filtered by `created` and what the endpoint adds. */
export function listPage<K extends Kind>(call: Call, kind: K, url: string, filters: Filter[] = []): Page<Kinds[K]> {
  const limit = readLimit(call)
  const backwards = has(call.params, 'ending_before')
  const all: Filter[] = [['account = ?', call.account], ...createdFilters(call), ...filters, ...cursor(call, kind)]
  const way = backwards ? 'asc' : 'desc'
  const rows = selectObjects(
    call.sandbox.store,
    kind,
    all.map(([condition]) => condition).join(' and '),
    all.flatMap(([, ...values]) => values),
    `order by created ${way}, seq ${way} limit ${limit + 1}`,
  )
  const data = rows.slice(0, limit).map(row => row.body)
  return { object: 'list', url, has_more: rows.length > limit, data: backwards ? data.reverse() : data }
}

/** The filter for a parameter that names another object, when it is given. */
export function filterBy(call: Call, name: 'customer' | 'payment_intent' | 'charge'): Filter[] {
  const id = text(call.params, name)
  return id ? [[`${name} = ?`, id]] : []
}

function readLimit(call: Call): number {
  const limit = integer(call.params, 'limit') ?? 10
  if (limit >= 1 && limit <= 100) return limit
  throw invalid('This value must be between 1 and 100.', 'limit', 'parameter_invalid_integer')
}

function createdFilters(call: Call): Filter[] {
  if (!has(call.params, 'created')) return []
  if (typeof call.params.created === 'string') return [['created = ?', integer(call.params, 'created') ?? 0]]
  return Object.entries(COMPARISONS).flatMap(([name, sign]): Filter[] => {
    const value = integer(call.params, `created.${name}`)
    return value === undefined ? [] : [[`created ${sign} ?`, value]]
  })
}

function cursor(call: Call, kind: Kind): Filter[] {
  const after = text(call.params, 'starting_after')
  const before = text(call.params, 'ending_before')
  if (after && before) {
    throw invalid('You may only specify one of these parameters: starting_after, ending_before.')
  }
  if (after) return [['(created, seq) < (?, ?)', ...placeOf(call, kind, after, 'starting_after')]]
  if (before) return [['(created, seq) > (?, ?)', ...placeOf(call, kind, before, 'ending_before')]]
  return []
}

function placeOf(call: Call, kind: Kind, id: string, param: string): [number, number] {
  const row = sql(call.sandbox.store, 'select created, seq from objects where id = ? and account = ?').get(
    id,
    call.account,
  )
  if (!row) throw invalid(`No such ${NOUNS[kind].noun}: '${id}'`, param, 'resource_missing')
  return [Number(row.created), Number(row.seq)]
}
