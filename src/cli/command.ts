/** What a command reads and writes besides its arguments. `--json` is taken out of the arguments and stands here. */
export type Io = {
  json: boolean
  /** A line on standard output: the command's result, alone. */
  print(line: string): void
  /** A line on standard error: progress, warnings, refusals. */
  warn(line: string): void
}

/** A module of this folder that is one command; `run` answers with the exit status. */
export type Command = {
  /** The lines below `portico NAME`: arguments and what they mean. */
  usage: string
  run(args: string[], io: Io): Promise<number>
}
