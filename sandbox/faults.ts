const FAULTS = ['lost', 'truncated', '500-before', '500-after', 'hang', 'late', 'slow', 'reset', '429'] as const
export type FaultName = (typeof FAULTS)[number]

/** A fault to act out on one request. */
export interface Fault {
  name: FaultName
  slowMs: number
}

/** A standing order to act out a fault on requests that match. */
export interface FaultRule {
  method?: string
  path?: string
  fault: string
  probability?: number
  count?: number
}

/** How long the two faults that keep a caller waiting hold the connection. */
export const LATE_MS = 12_000
export const HANG_MS = 60_000

let rules: FaultRule[] = []

export function faultRules(): FaultRule[] {
  return rules
}

/** Reads `lost` or `slow=250`; undefined when it names no fault. */
export function parseFault(text: string): Fault | undefined {
  const [name, amount] = text.trim().split('=')
  const known = FAULTS.find(one => one === name)
  if (!known || (known === 'slow' && !/^\d{1,6}$/.test(amount ?? ''))) return undefined
  return { name: known, slowMs: Number(amount ?? 0) }
}

/** Replaces all rules; throws a sentence when one of them is no rule. */
export function replaceRules(given: unknown): FaultRule[] {
  if (!Array.isArray(given)) throw new Error('"rules" must be an array.')
  rules = given.map(readRule)
  return rules
}

function readRule(given: unknown): FaultRule {
  if (typeof given !== 'object' || given === null) throw new Error('A rule must be an object.')
  const rule = given as Partial<FaultRule>
  if (typeof rule.fault !== 'string' || !parseFault(rule.fault)) {
    throw new Error(`"fault" must be one of ${FAULTS.join(', ')} (slow as slow=MS).`)
  }
  for (const name of ['probability', 'count'] as const) {
    if (rule[name] !== undefined && typeof rule[name] !== 'number') throw new Error(`"${name}" must be a number.`)
  }
  for (const name of ['method', 'path'] as const) {
    if (rule[name] !== undefined && typeof rule[name] !== 'string') throw new Error(`"${name}" must be a text.`)
  }
  return { ...rule, fault: rule.fault }
}

/** The fault for this request: its own header's, or the first rule's that matches and, by chance, applies. */
export function faultFor(method: string, path: string, header: string | undefined): Fault | undefined {
  if (header) return parseFault(header)
  for (const rule of rules) {
    if (rule.count !== undefined && rule.count <= 0) continue
    if (rule.method && rule.method.toUpperCase() !== method) continue
    if (rule.path && !path.startsWith(rule.path)) continue
    if (rule.probability !== undefined && Math.random() >= rule.probability) continue
    if (rule.count !== undefined) rule.count -= 1
    return parseFault(rule.fault)
  }
  return undefined
}
