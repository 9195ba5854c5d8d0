import { forTerminal } from '../kernel/texts.ts'
import type { Io } from './command.ts'

type Lines = { write(text: string): unknown }

/**
 * What a command reads and writes on a terminal. Texts of files and of people are in what it prints, so every line is
 * shown harmlessly, JSON too, which stays the same document by it.
 */
export function terminalIo(json: boolean, out: Lines = process.stdout, err: Lines = process.stderr): Io {
  const to = (stream: Lines) => (line: string) => void stream.write(`${forTerminal(line)}\n`)
  return { json, print: to(out), warn: to(err) }
}

/** Lines of our own, each by itself. */
export function printAll(print: (line: string) => void, text: string): void {
  for (const line of text.split('\n')) print(line)
}
