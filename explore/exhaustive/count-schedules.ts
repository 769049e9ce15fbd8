/**
 * How many interleavings a scope has, counted without going through them: possible where it is known beforehand to whom each
 * operation sends a message. Cost: polynomial in the numbers of operations.
 */

export interface Traffic {
	/** By replica and operation: to how many replicas it sends its message. */
	receivers: readonly (readonly (readonly number[])[])[];
	/** How often each message arrives. */
	copies: number;
}

/**
 * In any order. Put an operation before a sequence of L events that doesn't depend on it: its q deliveries can stand
 * anywhere behind it, (L + 1)(L + 2)…(L + q) ways; copies of one message can't be told apart.
 */
export function countInAnyOrder({ receivers, copies }: Traffic): bigint {
	let alike = 1n;
	for (let copy = 2; copy <= copies; copy++) alike *= BigInt(copy);
	return countFrom(receivers, (replica, index, length) => {
		const messages = receivers[replica]?.[index]?.length ?? 0;
		let ways = 1n;
		for (let i = 1; i <= messages * copies; i++) ways *= BigInt(length + i);
		for (let i = 0; i < messages; i++) ways /= alike;
		return { ways, events: 1 + messages * copies };
	});
}

/** Sums over all orders of the operations, from the last to the first. */
function countFrom(
	receivers: Traffic["receivers"],
	insert: (replica: number, index: number, length: number) => { ways: bigint; events: number },
): bigint {
	const known = new Map<string, { ways: bigint; length: number }>();
	const count = (done: readonly number[]): { ways: bigint; length: number } => {
		const key = done.join();
		const before = known.get(key);
		if (before !== undefined) return before;
		let total = { ways: 0n, length: 0 };
		let isLast = true;
		for (const [replica, index] of done.entries()) {
			if (index >= (receivers[replica] as readonly unknown[]).length) continue;
			isLast = false;
			const rest = count(done.map((value, other) => (other === replica ? value + 1 : value)));
			const { ways, events } = insert(replica, index, rest.length);
			total = { ways: total.ways + rest.ways * ways, length: rest.length + events };
		}
		if (isLast) total = { ways: 1n, length: 0 };
		known.set(key, total);
		return total;
	};
	return count(receivers.map(() => 0)).ways;
}

/** Each link in the order of sending: what counts is how far each replica and each link has come. */
export function countInLinkOrder({ receivers }: Traffic): bigint {
	const replicas = receivers.length;
	const known = new Map<string, bigint>();
	/** @param at operations done by replica, then messages waiting by link */
	const count = (at: readonly number[]): bigint => {
		const key = at.join();
		const before = known.get(key);
		if (before !== undefined) return before;
		let ways = 0n;
		let isLast = true;
		for (let replica = 0; replica < replicas; replica++) {
			const to = receivers[replica]?.[at[replica] as number];
			if (to === undefined) continue;
			isLast = false;
			const next = at.slice();
			next[replica] = (next[replica] as number) + 1;
			for (const receiver of to) {
				const link = replicas + replica * replicas + receiver;
				next[link] = (next[link] as number) + 1;
			}
			ways += count(next);
		}
		for (let link = replicas; link < at.length; link++) {
			if (at[link] === 0) continue;
			isLast = false;
			const next = at.slice();
			next[link] = (next[link] as number) - 1;
			ways += count(next);
		}
		const total = isLast ? 1n : ways;
		known.set(key, total);
		return total;
	};
	return count(Array.from({ length: replicas + replicas * replicas }, () => 0));
}
