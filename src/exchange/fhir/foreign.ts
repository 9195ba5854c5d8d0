import { type Place, Unreadable } from '../unreadable.ts'

const START: Place = { pointer: '', line: 1, column: 1 }

/** Refuses by its first bytes, in a sentence, what people send by mistake: XML, UTF-16, archives. */
export function refuseForeign(head: Uint8Array): void {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte)
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff))
    throw new Unreadable('This is text in UTF-16; Portico reads FHIR JSON in UTF-8. Save it as UTF-8.', START)
  if (starts(0x1f, 0x8b))
    throw new Unreadable('This is compressed (gzip); unpack it first. Portico reads FHIR JSON.', START)
  if (starts(0x50, 0x4b))
    throw new Unreadable('This is a ZIP archive; unpack it first. Portico reads FHIR JSON, one Bundle a file.', START)
  if (/^\uFEFF?\s*</.test(new TextDecoder('utf-8', { ignoreBOM: true }).decode(head)))
    throw new Unreadable('This is XML; Portico reads FHIR JSON. Ask the sending system for JSON.', START)
}
