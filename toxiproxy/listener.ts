/** Binds a listening socket with the real server's rules and error texts. */
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
	type Address,
	formatAddress,
	formatBound,
	isWildcard,
	parseAddress,
	resolveAddress,
} from "./address.ts";

const BACKLOG = 1024;
const SYSTEM_TEXTS: Record<string, string> = {
	EADDRINUSE: "address already in use",
	EADDRNOTAVAIL: "cannot assign requested address",
	EACCES: "permission denied",
	EMFILE: "too many open files",
};

/**
 * @param listen `host:port`; port 0 takes a free one; no host or 0.0.0.0 takes all interfaces, IPv6 included
 * @param accept gets each client, not yet reading
 * @returns the server and the address that it is really bound to
 * @throws `listen tcp …` as the real server words it
 */
export async function listenOn(
	listen: string,
	accept: (client: Socket) => void,
): Promise<{ server: Server; bound: string }> {
	const address = await resolveListen(listen);
	const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, accept);
	try {
		if (isWildcard(address.host)) await bindAllInterfaces(server, address.port);
		else await bind(server, address.host, address.port);
	} catch (error) {
		throw asListenError(error, address);
	}
	// Errors of accepting (too many open files) are the client's loss, not the server's end.
	server.on("error", () => {});
	return { server, bound: formatBound(server.address() as AddressInfo) };
}

async function resolveListen(listen: string): Promise<Address> {
	try {
		return await resolveAddress(parseAddress(listen));
	} catch (error) {
		throw new Error(`listen tcp: ${(error as Error).message}`, { cause: error });
	}
}

async function bindAllInterfaces(server: Server, port: number): Promise<void> {
	try {
		await bind(server, "::", port);
	} catch (error) {
		// A machine without IPv6.
		if (!["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(error))) throw error;
		await bind(server, "0.0.0.0", port);
	}
}

function bind(server: Server, host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
			server.off("error", reject);
			resolve();
		});
	});
}

function asListenError(error: unknown, address: Address): Error {
	const code = codeOf(error);
	const where = formatAddress(isWildcard(address.host) ? { ...address, host: "" } : address);
	const text = SYSTEM_TEXTS[code] ?? (error as Error).message;
	return new Error(`listen tcp ${where}: bind: ${text}`, { cause: error });
}

function codeOf(error: unknown): string {
	return (error as NodeJS.ErrnoException).code ?? "";
}
