/**
 * Calls of the engine that end: each has a bound, and ends with the signal of the run. dockerode knows no time-outs, and
 * hands a signal on in some of its calls only, so the wait is bounded here as well.
 */

/**
 * @param what for the message, e.g. `inspect the image pakka/node:1`
 * @throws Error when it takes longer than `timeoutMs`; the signal's reason when that aborts
 */
export async function within<T>(
	what: string,
	timeoutMs: number,
	signal: AbortSignal | undefined,
	call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	signal?.throwIfAborted();
	const ending = new AbortController();
	const timer = setTimeout(
		() => ending.abort(new Error(`the Docker engine did not ${what} within ${timeoutMs} ms`)),
		timeoutMs,
	);
	const interrupted = () => ending.abort(signal?.reason);
	signal?.addEventListener("abort", interrupted, { once: true });
	const aborted = new Promise<never>((_, reject) => {
		ending.signal.addEventListener("abort", () => reject(ending.signal.reason as Error), { once: true });
	});
	try {
		return await Promise.race([call(ending.signal), aborted]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", interrupted);
	}
}

/** HTTP status of the engine's answer, where there was one. */
export function statusOf(error: unknown): number | null {
	const { statusCode } = error as { statusCode?: unknown };
	return typeof statusCode === "number" ? statusCode : null;
}
