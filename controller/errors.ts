/**
 * Which errors of a call to a node are definite. Definite: the operation surely did not happen (`fail`). Everything else
 * may have happened (`info`): ECONNRESET, EPIPE, time-outs, 5xx, replies that can't be read, errors never seen before.
 */

/** No connection was made, so nothing was sent. */
const DEFINITE_CODES: ReadonlySet<string> = new Set([
	"ECONNREFUSED",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"ENOTFOUND",
	"EADDRNOTAVAIL",
	"UND_ERR_CONNECT_TIMEOUT",
]);

export interface CallError {
	code: string;
	message: string;
	/** It surely did not happen. */
	definite: boolean;
}

/** @param status of the HTTP reply: 4xx is definite by the replica protocol, everything else is not */
export function errorOfStatus(status: number, message: string): CallError {
	return { code: `http-${status}`, message, definite: status >= 400 && status < 500 };
}

export function errorOfException(error: unknown): CallError {
	const code = codeOf(error);
	const message = error instanceof Error ? error.message : String(error);
	return { code, message, definite: DEFINITE_CODES.has(code) };
}

function codeOf(error: unknown): string {
	if (!(error instanceof Error)) return "unknown";
	if (error.name === "TimeoutError" || error.name === "AbortError") return "timeout";
	const { code } = error as NodeJS.ErrnoException;
	if (typeof code === "string") return code;
	// Both address families were tried: definite only when each attempt was.
	if (error instanceof AggregateError) {
		const codes = error.errors.map(codeOf);
		return codes.find((each) => !DEFINITE_CODES.has(each)) ?? codes[0] ?? "unknown";
	}
	return error.cause === undefined ? "unknown" : codeOf(error.cause);
}
