/** Waiting times between attempts to connect: bounded, exponential, jittered by the caller's random source. */
const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 500;

/**
 * @param failures attempts that failed in a row, from 1
 * @param random uniform in [0, 1)
 * @returns between half and the whole of 10, 20, 40 … 500 ms
 */
export function backoffMs(failures: number, random: () => number): number {
	const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 16));
	return delayMs * (0.5 + random() / 2);
}
