/**
 * The embedded Toxiproxy-compatible server: the HTTP API of the real one, its toxics, and TCP proxies, in this process.
 *
 *     await using toxiproxy = await startToxiproxy({ port: 0 });
 *     const client = new Toxiproxy(toxiproxy.url);
 *
 * Left out on purpose: metrics, the configuration file (post it to `/populate`), logging.
 */
import { randomBytes } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { createApiServer } from "./api/http.ts";
import { ProxyCollection } from "./collection.ts";

export interface ToxiproxyOptions {
	/** Where the HTTP API listens; proxies listen where their own `listen` says. */
	host?: string;
	/** 0 takes a free one. */
	port?: number;
	/** Fixes jitter, toxicity and slices, for one order of connections and chunks; left out: different each time. */
	seed?: number;
	/** What `GET /version` tells: by default the same as a real server that was built from source. */
	version?: string;
}

export interface RunningToxiproxy extends AsyncDisposable {
	/** Of the HTTP API, without a slash at the end. */
	readonly url: string;
	readonly host: string;
	readonly port: number;
	/** Ends the API, all proxies and all their connections. May be called again. */
	close(): Promise<void>;
}

const DEFAULT_PORT = 8474;

/** @throws when the address can't be bound: in use, not of this machine, not permitted */
export async function startToxiproxy(options: ToxiproxyOptions = {}): Promise<RunningToxiproxy> {
	const {
		host = "127.0.0.1",
		port = DEFAULT_PORT,
		seed = randomBytes(4).readInt32LE(),
		version = "git",
	} = options;
	const generator = xoroshiro128plus(seed);
	const collection = new ProxyCollection({
		now: () => performance.now(),
		random: () => uniformFloat64(generator),
	});
	const api = createApiServer({ collection, version });
	await listen(api, host, port);

	const bound = api.address() as AddressInfo;
	let closing: Promise<void> | null = null;
	const close = (): Promise<void> => {
		closing ??= stop(api, collection);
		return closing;
	};
	return {
		url: `http://${bound.family === "IPv6" ? `[${bound.address}]` : bound.address}:${bound.port}`,
		host: bound.address,
		port: bound.port,
		close,
		[Symbol.asyncDispose]: close,
	};
}

function listen(api: Server, host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		api.once("error", (error: NodeJS.ErrnoException) => {
			const inUse = error.code === "EADDRINUSE";
			const advice = inUse
				? "another server has it; choose another port, or 0 for a free one"
				: error.message;
			reject(new Error(`Toxiproxy's API can't listen on ${host}:${port}: ${advice}`, { cause: error }));
		});
		api.listen({ host, port, exclusive: true }, () => {
			api.removeAllListeners("error");
			api.on("error", () => {});
			resolve();
		});
	});
}

async function stop(api: Server, collection: ProxyCollection): Promise<void> {
	const closed = new Promise<void>((resolve) => api.close(() => resolve()));
	api.closeAllConnections();
	await collection.change(async () => collection.clear());
	await closed;
}
