import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'

/** One small wrong change of one file. */
export type Mutation = {
  readonly file: string
  readonly line: number
  readonly start: number
  readonly end: number
  readonly was: string
  readonly becomes: string
  /** The source line it stands in, trimmed: by it, and by the change, a mutation is found again when lines move. */
  readonly context: string
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Record<string, unknown>
type Change = { readonly at: { readonly start: number; readonly end: number }; readonly becomes: string }

const FLIPPED: Readonly<Record<string, string>> = {
  '>': '>=',
  '>=': '>',
  '<': '<=',
  '<=': '<',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '&&': '||',
  '||': '&&',
}

/** What only speaks or only asserts: without it nothing is decided otherwise. */
const SPEAKS = /^(await )?(assert\w*|app\.failpoint|app\.log\.\w+)\(/

/** Every small change of a file that a test of money should notice: borders, conditions, constants, calls left out, filters. */
export function mutationsOf(file: string): Mutation[] {
  const text = readFileSync(file, 'utf8')
  const { program } = parseSync(file, text)
  const changes: Change[] = []
  walk(program as unknown as Node, node => changes.push(...changesOf(node, text)))
  return changes.map(({ at, becomes }) => ({
    file,
    ...at,
    line: text.slice(0, at.start).split('\n').length,
    was: text.slice(at.start, at.end),
    becomes,
    context: lineAt(text, at.start),
  }))
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end).trim()
}

function walk(node: Node, visit: (node: Node) => void): void {
  const isType = node.type.startsWith('TS') && !/^TS(As|NonNull|Satisfies)/.test(node.type)
  if (isType || node.type === 'ImportDeclaration') return
  visit(node)
  for (const value of Object.values(node)) for (const child of [value].flat()) if (isNode(child)) walk(child, visit)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}

function changesOf(node: Node, text: string): Change[] {
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return flipOperator(node, text)
    case 'IfStatement':
    case 'ConditionalExpression':
      return ['true', 'false'].map(becomes => ({ at: spanOf(node.test as Node), becomes }))
    case 'Literal':
      return nextLiteral(node)
    case 'ExpressionStatement':
      return leaveOut(node, text)
    case 'BreakStatement':
    case 'ContinueStatement':
      return [{ at: spanOf(node), becomes: ';' }]
    case 'CallExpression':
      return dropFilter(node, text)
    case 'TaggedTemplateExpression':
      return flipSql(node, text)
    default:
      return []
  }
}

const spanOf = ({ start, end }: Node) => ({ start, end })

function flipOperator(node: Node, text: string): Change[] {
  const operator = String(node.operator)
  const becomes = FLIPPED[operator]
  const left = node.left as Node
  const right = node.right as Node
  // A text put together is no sum.
  if (
    !becomes ||
    (operator === '+' &&
      [left, right].some(({ type, value }) => type === 'TemplateLiteral' || typeof value === 'string'))
  )
    return []
  const start = text.indexOf(operator, left.end)
  return [{ at: { start, end: start + operator.length }, becomes }]
}

function nextLiteral(node: Node): Change[] {
  if (typeof node.bigint === 'string') return [{ at: spanOf(node), becomes: `${BigInt(node.bigint) + 1n}n` }]
  return typeof node.value === 'number' ? [{ at: spanOf(node), becomes: String(node.value + 1) }] : []
}

function leaveOut(node: Node, text: string): Change[] {
  const isCall = ['CallExpression', 'AwaitExpression'].includes((node.expression as Node).type)
  return isCall && !SPEAKS.test(text.slice(node.start, node.end)) ? [{ at: spanOf(node), becomes: ';' }] : []
}

function dropFilter(node: Node, text: string): Change[] {
  const callee = node.callee as Node
  const property = callee.property as Node | undefined
  if (callee.type !== 'MemberExpression' || property?.name !== 'filter') return []
  const from = callee.object as Node
  return [{ at: spanOf(node), becomes: text.slice(from.start, from.end) }]
}

/** Borders inside SQL. */
function flipSql(node: Node, text: string): Change[] {
  if ((node.tag as Node).name !== 'sql') return []
  const quasis = (node.quasi as Node).quasis as Node[]
  return quasis.flatMap(({ start, end }) =>
    [...text.slice(start, end).matchAll(/ (>=|<=|<>|>|<) /g)].map(({ 1: operator = '', index }) => {
      const at = { start: start + index + 1, end: start + index + 1 + operator.length }
      return { at, becomes: operator === '<>' ? '=' : (FLIPPED[operator] ?? operator) }
    }),
  )
}
