import { afterEach, expect, test, vi } from 'vitest'
import { startMinute } from './minute.ts'

afterEach(() => vi.restoreAllMocks())

test('a minute is over when more than sixty seconds have passed by either clock of the machine, or when one was moved', () => {
  const at = (steady: number, wall: number) => {
    vi.spyOn(performance, 'now').mockReturnValue(steady)
    vi.spyOn(Date, 'now').mockReturnValue(wall)
  }
  at(1_000, 500_000)
  const minute = startMinute()
  for (const [steady, wall, isOver] of [
    [1_000, 500_000, false],
    [61_000, 560_000, false],
    [61_001, 560_000, true],
    [61_000, 560_001, true],
    [2_000, 439_999, true],
  ] as const) {
    at(steady, wall)
    expect(minute.isOver()).toBe(isOver)
  }
})
