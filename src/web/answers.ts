import type { VNode } from 'preact'
import { renderPage } from '../design/document.tsx'

/** A page. */
export function page(node: VNode, status = 200): Response {
  return new Response(renderPage(node), { status, headers: { 'Content-Type': 'text/html; charset=utf-8' } })
}

/** After a form: 303 to a page of ours, or of the processor's. */
export function seeOther(path: string): Response {
  return new Response(null, { status: 303, headers: { Location: path } })
}

/** A document to keep; the name is ours, never typed. */
export function pdf(bytes: Uint8Array, name: string): Response {
  return new Response(new Uint8Array(bytes), {
    headers: {
      'Content-Type': 'application/pdf',
      'Content-Disposition': `inline; filename="${name.replace(/[^\w.-]/g, '-')}"`,
    },
  })
}

export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json' } })
}

export function text(body: string, type = 'text/plain; charset=utf-8'): Response {
  return new Response(body, { headers: { 'Content-Type': type } })
}
