/**
 * The control client of a container, whose published port is another one after every start. While it is down nothing is sent
 * anywhere: its old port may by then belong to somebody else.
 */
import type { Answer, ControlClient } from "../../control-client.ts";

export interface MovingControl extends ControlClient {
	/** Null: it is down. The one before is disposed. */
	moveTo(next: ControlClient | null): void;
}

export function createMovingControl(replica: string): MovingControl {
	let client: ControlClient | null = null;
	let closed: Promise<unknown> = Promise.resolve();
	const ask = <T>(call: (client: ControlClient) => Promise<Answer<T>>): Promise<Answer<T>> =>
		client === null ? Promise.resolve(down(replica)) : call(client);
	return {
		health: async (timeoutMs) => client !== null && (await client.health(timeoutMs)),
		operation: (operation, timeoutMs) => ask((present) => present.operation(operation, timeoutMs)),
		state: (timeoutMs) => ask((present) => present.state(timeoutMs)),
		journal: (after, timeoutMs) => ask((present) => present.journal(after, timeoutMs)),
		skewClock: (skew, timeoutMs) => ask((present) => present.skewClock(skew, timeoutMs)),
		moveTo(next) {
			const before = client;
			client = next;
			if (before === null) return;
			// Requests under way end with an error, as they do when a process dies.
			const closing = Promise.resolve(before[Symbol.asyncDispose]()).catch(() => undefined);
			closed = Promise.all([closed, closing]);
		},
		async [Symbol.asyncDispose]() {
			this.moveTo(null);
			await closed;
		},
	};
}

/** Nothing was sent, so it surely did not happen. */
function down(replica: string): Answer<never> {
	const message = `${replica} is down: its container has no published port`;
	return { kind: "error", error: { code: "ECONNREFUSED", message, definite: true } };
}
