/**
 * TCP ports for replicas and proxies. They are chosen by ourselves, below the range from which the system takes
 * ports for outgoing connections (Linux: 32768 up), and not by binding port 0, because a listener has to find its
 * port again: a replica after a crash, a proxy after a `refuse` partition or after it was re-created. A port of the
 * ephemeral range could by then be some outgoing connection's own, or a dialler could even connect to itself.
 *
 * A port is verified by binding it, and is not reserved: another program may still take it. Whoever binds it
 * reports that, and takes another one.
 */
import { createServer } from "node:net";

export const LOWEST_PORT = 10_000;
export const HIGHEST_PORT = 32_000;
/** Candidates tried for one port before giving up. */
const MAX_CANDIDATES_PER_PORT = 200;

export interface PortPool {
	/**
	 * Ports on 127.0.0.1 that nobody listens on and that this pool has not handed out before.
	 * @throws when no free one is found among a bounded number of candidates
	 */
	take(count: number): Promise<number[]>;
}

export interface PortPoolOptions {
	/** Uniform in [0, 1). */
	random: () => number;
	/** Shifts the candidates, so that two runs of one seed at a time don't want the same ports, e.g. `process.pid`. */
	salt: number;
	/** Never handed out. */
	except?: Iterable<number>;
	/** To choose from; by default the whole range. */
	among?: readonly number[];
}

export function createPortPool(options: PortPoolOptions): PortPool {
	const handedOut = new Set<number>(options.except ?? []);
	const { among } = options;
	const span = among?.length ?? HIGHEST_PORT - LOWEST_PORT;
	// A prime stride spreads neighbouring process ids over the whole range.
	const shift = (options.salt * 7919) % span;

	async function takeOne(): Promise<number> {
		for (let tried = 0; tried < MAX_CANDIDATES_PER_PORT; tried++) {
			const index = (Math.floor(options.random() * span) + shift) % span;
			const port = among === undefined ? LOWEST_PORT + index : (among[index] ?? LOWEST_PORT);
			if (handedOut.has(port)) continue;
			handedOut.add(port);
			if (await isFree(port)) return port;
		}
		throw new Error(
			`no free TCP port on 127.0.0.1: ${MAX_CANDIDATES_PER_PORT} candidates between ${LOWEST_PORT} and ` +
				`${HIGHEST_PORT} were all taken. End what listens there, or run fewer replicas and lanes.`,
		);
	}

	return {
		async take(count) {
			const ports: number[] = [];
			while (ports.length < count) ports.push(await takeOne());
			return ports;
		},
	};
}

function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.once("error", () => resolve(false));
		probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => probe.close(() => resolve(true)));
	});
}
