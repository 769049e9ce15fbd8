/** Requests of a client to the node, and the replies that belong to them: by `msg_id` and `in_reply_to`. */
import type { Body } from "./messages.ts";

/** Requests that wait for their reply; beyond, none is sent. */
export const MAX_WAITING_CALLS = 10_000;

export type CallOutcome =
	| { kind: "reply"; body: Body }
	/** It may have been done, or may yet. */
	| { kind: "no-answer"; withinMs: number }
	/** It was not sent at all. */
	| { kind: "unsent"; why: string };

export interface Calls {
	/** Never rejects. */
	call(request: Body, withinMs: number): Promise<CallOutcome>;
	/** A reply came; one that nobody waits for any more is dropped. */
	settle(body: Body): void;
}

/** @param send false: it could not be sent */
export function createCalls(send: (request: Body) => boolean): Calls {
	const waiting = new Map<number, (outcome: CallOutcome) => void>();
	let last = 0;
	return {
		call: (request, withinMs) =>
			new Promise((resolve) => {
				if (waiting.size >= MAX_WAITING_CALLS) {
					const why = `MAX_WAITING_CALLS = ${MAX_WAITING_CALLS} requests wait for their reply`;
					resolve({ kind: "unsent", why });
					return;
				}
				last += 1;
				const id = last;
				const timer = setTimeout(() => finish({ kind: "no-answer", withinMs }), withinMs);
				function finish(outcome: CallOutcome): void {
					clearTimeout(timer);
					waiting.delete(id);
					resolve(outcome);
				}
				waiting.set(id, finish);
				if (!send({ ...request, msg_id: id })) {
					finish({ kind: "unsent", why: "the node reads nothing of what it is sent" });
				}
			}),
		settle(body) {
			if (typeof body.in_reply_to === "number") waiting.get(body.in_reply_to)?.({ kind: "reply", body });
		},
	};
}
