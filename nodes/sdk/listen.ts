/** Binds a server to the address that it was given. */
import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "./environment.ts";

/** After a restart the port may be taken for a moment, e.g. by a connection of the node that was killed. */
const ADDRESS_IN_USE_FOR_MS = 3_000;
const RETRY_EVERY_MS = 100;

/**
 * @param variable that the address came from, for the error
 * @returns the address with the port that was bound, for port 0 too
 * @throws when it can't be bound, or is in use for longer than {@link ADDRESS_IN_USE_FOR_MS}
 */
export async function listenOn(server: Server, address: Address, variable: string): Promise<Address> {
	const { host, port } = address;
	for (let waitedMs = 0; ; waitedMs += RETRY_EVERY_MS) {
		try {
			await listenOnce(server, address);
			const bound = server.address();
			return { host, port: bound !== null && typeof bound === "object" ? bound.port : port };
		} catch (error) {
			const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
			if (!inUse || waitedMs >= ADDRESS_IN_USE_FOR_MS) {
				const bound = inUse ? ` for ADDRESS_IN_USE_FOR_MS = ${ADDRESS_IN_USE_FOR_MS} ms` : "";
				throw new Error(`${variable} ${host}:${port} can't be bound${bound}: ${String(error)}`, {
					cause: error,
				});
			}
			await sleep(RETRY_EVERY_MS);
		}
	}
}

function listenOnce(server: Server, { host, port }: Address): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen({ host, port }, () => {
			server.off("error", reject);
			resolve();
		});
	});
}
