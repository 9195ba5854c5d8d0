import { invalid, missingParam } from './errors.ts'

/** A form-encoded body as Stripe reads it: `a[b][0]=c` is `{a: {b: {0: 'c'}}}`. */
export type Params = { [name: string]: string | Params }

const MAX_DEPTH = 8

export function emptyParams(): Params {
  return Object.create(null)
}

export function parseForm(text: string): Params {
  const params = emptyParams()
  for (const [name, value] of new URLSearchParams(text)) place(params, splitName(name), value)
  return params
}

function splitName(name: string): string[] {
  const open = name.indexOf('[')
  if (open < 0) return [name]
  const parts = [name.slice(0, open)]
  for (const match of name.slice(open).matchAll(/\[([^[\]]*)\]/g)) parts.push(match[1] ?? '')
  if (parts.length > MAX_DEPTH) throw invalid('Invalid request: parameters are nested too deeply.')
  return parts
}

function place(params: Params, path: string[], value: string): void {
  let group = params
  for (const [depth, part] of path.entries()) {
    const name = part === '' ? String(Object.keys(group).length) : part
    if (depth === path.length - 1) {
      group[name] = value
      return
    }
    const inner = group[name]
    const next = typeof inner === 'object' ? inner : emptyParams()
    group[name] = next
    group = next
  }
}

function look(params: Params, path: string): string | Params | undefined {
  let at: string | Params | undefined = params
  for (const part of path.split('.')) {
    if (typeof at !== 'object') return undefined
    at = at[part]
  }
  return at
}

function spelled(path: string): string {
  const [first = '', ...rest] = path.split('.')
  return first + rest.map(part => `[${part}]`).join('')
}

export function has(params: Params, path: string): boolean {
  return look(params, path) !== undefined
}

/** The text at a dotted path; '' is how Stripe's clients unset a field. */
export function text(params: Params, path: string): string | undefined {
  const value = look(params, path)
  if (typeof value === 'object') throw invalid(`Invalid string: ${spelled(path)}`, spelled(path))
  return value
}

export function textOrNull(params: Params, path: string): string | null {
  return text(params, path) || null
}

export function required(params: Params, path: string): string {
  const value = text(params, path)
  if (!value) throw missingParam(spelled(path))
  return value
}

export function integer(params: Params, path: string): number | undefined {
  const value = text(params, path)
  if (value === undefined) return undefined
  if (/^-?\d{1,15}$/.test(value)) return Number(value)
  throw invalid(`Invalid integer: ${value}`, spelled(path), 'parameter_invalid_integer')
}

export function flag(params: Params, path: string): boolean | undefined {
  const value = text(params, path)
  if (value === undefined || value === '') return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw invalid(`Invalid boolean: ${value}`, spelled(path))
}

export function group(params: Params, path: string): Params | undefined {
  const value = look(params, path)
  if (typeof value === 'string' && value !== '') throw invalid('Invalid object', spelled(path))
  return typeof value === 'object' ? value : undefined
}

/** The texts of an array parameter, `a[]=x&a[]=y` or `a[0]=x`. */
export function texts(params: Params, path: string): string[] {
  const values = Object.values(group(params, path) ?? {})
  return values.filter(value => typeof value === 'string')
}

export function choice<T extends string>(params: Params, path: string, allowed: readonly T[]): T | undefined {
  const value = text(params, path)
  if (value === undefined || value === '') return undefined
  const found = allowed.find(one => one === value)
  if (found) return found
  throw invalid(`Invalid ${spelled(path)}: must be one of ${allowed.join(', ')}`, spelled(path))
}

const METADATA_KEYS = 50

/** Metadata after an update: each key is set alone, '' removes it, and an empty `metadata` removes all. */
export function mergedMetadata(params: Params, before: Record<string, string> = {}, path = 'metadata') {
  if (look(params, path) === '') return {}
  const merged = { ...before }
  for (const [key, value] of Object.entries(group(params, path) ?? {})) {
    if (typeof value !== 'string') throw invalid('Metadata values must be strings.', spelled(path))
    if (key.length > 40 || value.length > 500) throw invalid('Metadata key or value is too long.', spelled(path))
    if (value === '') delete merged[key]
    else merged[key] = value
  }
  if (Object.keys(merged).length > METADATA_KEYS) throw invalid('Metadata has too many keys.', spelled(path))
  return merged
}

/** Refuses names that an endpoint does not know, as Stripe does. */
export function allowOnly(params: Params, names: readonly string[]): void {
  for (const name of Object.keys(params)) {
    if (name === 'expand' || names.includes(name)) continue
    throw invalid(`Received unknown parameter: ${name}`, name, 'parameter_unknown')
  }
}
