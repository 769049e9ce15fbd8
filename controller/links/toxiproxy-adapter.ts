/**
 * The only file that knows toxics and toxiproxy-node-client. It turns a {@link LaneEffect} into toxics and calls
 * the server's HTTP API; every call has a time-out and errors that carry the server's own words.
 *
 * The client brings the routes and body shapes, but its transport loses the server's error text, has no time-out and
 * reports nothing of the address, so its transport is replaced. Names are restricted, because it does not encode
 * them. `proxy.enabled` is stale after updates and is not read. Values that are known to kill the real server
 * (negative or huge rates and delays) are refused before they are sent; its jitter, toxicity and slicer are not used.
 */
import { type ICreateToxicBody, Proxy, Toxiproxy } from "toxiproxy-node-client";
import type { LaneEffect } from "./effects.ts";

/** A healthy server answers in a millisecond; one that is dead-locked by a peer that does not read never does. */
export const CALL_TIMEOUT_MS = 2_000;
/** For creating all proxies of a run in one call: 100 take the real server 4 ms. */
const POPULATE_TIMEOUT_MS = 10_000;
/** Toxiproxy has no toxic that holds; a delay of eleven days does. */
const HOLD_MS = 1_000_000_000;
/** Far below what overflows the server's nanoseconds. */
const MAX_DELAY_MS = HOLD_MS;
const MAX_KILOBYTES_PER_SECOND = 1_000_000_000;
const BYTES_PER_KILOBYTE = 1_000;
const NAME = /^[A-Za-z0-9_-]+$/;

export interface ProxySpec {
	/** Of `[A-Za-z0-9_-]`. */
	name: string;
	/** host:port */
	listen: string;
	upstream: string;
}

export interface ToxiproxyAdapter {
	version(): Promise<string>;
	/** Creates proxies in one call; stops at the first that can't listen, and leaves those before it. */
	populate(proxies: readonly ProxySpec[]): Promise<void>;
	create(proxy: ProxySpec, enabled: boolean): Promise<void>;
	/** A proxy that is not there counts as removed. */
	remove(name: string): Promise<void>;
	/** Disabling closes the listener and all connections. */
	enable(proxy: ProxySpec, enabled: boolean): Promise<void>;
	addEffect(proxy: ProxySpec, name: string, effect: LaneEffect): Promise<void>;
	/** Only for effects of the same kind and direction. */
	changeEffect(proxy: ProxySpec, name: string, effect: LaneEffect): Promise<void>;
	removeEffect(proxy: ProxySpec, name: string): Promise<void>;
}

/** A call that failed. `status` is null when there was no answer. */
export class ToxiproxyError extends Error {
	readonly status: number | null;
	readonly timedOut: boolean;

	constructor(message: string, status: number | null, timedOut: boolean, cause?: unknown) {
		super(message, { cause });
		this.name = "ToxiproxyError";
		this.status = status;
		this.timedOut = timedOut;
	}
}

/** @param url of the server's HTTP API, e.g. `http://127.0.0.1:8474` */
export function connectToxiproxy(url: string): ToxiproxyAdapter {
	const server = url.replace(/\/+$/, "");
	const client = clientOf(server, CALL_TIMEOUT_MS);
	const populating = clientOf(server, POPULATE_TIMEOUT_MS);
	const proxyOf = ({ name, listen, upstream }: ProxySpec) =>
		new Proxy(client, { name: checkedName(name), listen, upstream, enabled: true, toxics: [] });
	const toxicPath = (proxy: ProxySpec, name: string) =>
		`${proxyOf(proxy).getPath()}/toxics/${checkedName(name)}`;

	return {
		async version() {
			const text = await client.getVersion();
			const version = (JSON.parse(text) as { version?: unknown }).version;
			if (typeof version !== "string") throw new Error(`${server}/version answered ${text}, no version.`);
			return version;
		},
		async populate(proxies) {
			// For an empty list the server answers null, on which the client fails.
			if (proxies.length === 0) return;
			for (const { name } of proxies) checkedName(name);
			await populating.populate(proxies.map((proxy) => ({ ...proxy, enabled: true })));
		},
		async create(proxy, enabled) {
			await client.createProxy({ ...proxy, name: checkedName(proxy.name), enabled });
		},
		async remove(name) {
			const proxy = proxyOf({ name, listen: "", upstream: "" });
			await proxy.remove().catch((error: unknown) => {
				if (!(error instanceof ToxiproxyError && error.status === 404)) throw error;
			});
		},
		async enable(proxy, enabled) {
			await proxyOf(proxy).update({ enabled, listen: proxy.listen, upstream: proxy.upstream });
		},
		async addEffect(proxy, name, effect) {
			await proxyOf(proxy).addToxic(toxicOf(checkedName(name), effect));
		},
		async changeEffect(proxy, name, effect) {
			const { attributes } = toxicOf(name, effect);
			await client.api.post(toxicPath(proxy, name), { attributes });
		},
		async removeEffect(proxy, name) {
			await client.api.delete(toxicPath(proxy, name));
		},
	};
}

function toxicOf(name: string, effect: LaneEffect): ICreateToxicBody<Record<string, number>> {
	if (effect.kind === "refuse")
		throw new Error("refusing connections is the proxy's own switch, not a toxic.");
	const stream = effect.direction === "messages" ? "upstream" : "downstream";
	const common = { name, stream, toxicity: 1 } as const;
	switch (effect.kind) {
		case "black-hole":
			return { ...common, type: "timeout", attributes: { timeout: 0 } };
		case "hold":
			return { ...common, type: "latency", attributes: { latency: HOLD_MS, jitter: 0 } };
		case "delay": {
			const latency = checkedInteger("delayMs", effect.delayMs, 0, MAX_DELAY_MS);
			return { ...common, type: "latency", attributes: { latency, jitter: 0 } };
		}
		case "throttle": {
			// Toxiproxy counts whole kilobytes; rate 0 would stall now and may come to mean "unthrottled".
			const kilobytes = Math.max(1, Math.round(effect.bytesPerSecond / BYTES_PER_KILOBYTE));
			const rate = checkedInteger("KB/s", kilobytes, 1, MAX_KILOBYTES_PER_SECOND);
			return { ...common, type: "bandwidth", attributes: { rate } };
		}
		case "reset":
			return { ...common, type: "reset_peer", attributes: { timeout: 0 } };
	}
}

function checkedInteger(what: string, value: number, least: number, most: number): number {
	if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
	throw new Error(`${what} must be an integer between ${least} and ${most}, got ${value}; nothing was sent.`);
}

function checkedName(name: string): string {
	if (NAME.test(name)) return name;
	throw new Error(`Toxiproxy names must be of A-Z, a-z, 0-9, _ and -, got '${name}'.`);
}

function clientOf(server: string, timeoutMs: number): Toxiproxy {
	const client = new Toxiproxy(server);
	// The declared class has private members, which keep any other implementation from being assigned.
	client.api = transport(timeoutMs) as unknown as Toxiproxy["api"];
	return client;
}

/** Same face as the client's own transport, with a time-out and the server's words in errors. */
function transport(timeoutMs: number) {
	const json = async (method: string, url: string, body?: unknown) => {
		const text = await call(method, url, body, timeoutMs);
		return { data: text === "" ? undefined : (JSON.parse(text) as unknown) };
	};
	return {
		get: (url: string) => json("GET", url),
		post: (url: string, body?: unknown) => json("POST", url, body),
		delete: async (url: string) => void (await json("DELETE", url)),
		getText: (url: string) => call("GET", url, undefined, timeoutMs),
	};
}

async function call(method: string, url: string, body: unknown, timeoutMs: number): Promise<string> {
	const init: RequestInit = { method, signal: AbortSignal.timeout(timeoutMs) };
	if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { "content-type": "application/json" };
	}
	const subject = `Toxiproxy: ${method} ${url}`;
	let status: number;
	let text: string;
	try {
		const response = await fetch(url, init);
		status = response.status;
		text = await response.text();
	} catch (error) {
		const timedOut = error instanceof Error && error.name === "TimeoutError";
		const why = timedOut ? `no answer within ${timeoutMs} ms` : `no answer (${causeOf(error)})`;
		throw new ToxiproxyError(`${subject}: ${why}.`, null, timedOut, error);
	}
	if (status >= 200 && status < 300) return text;
	throw new ToxiproxyError(`${subject}: status ${status}, ${errorText(text)}.`, status, false);
}

/** The server's `{"error": "…"}`, or whatever else came. */
function errorText(text: string): string {
	try {
		const { error } = JSON.parse(text) as { error?: unknown };
		return typeof error === "string" ? error : text.trim();
	} catch {
		return text.trim() || "no text";
	}
}

function causeOf(error: unknown): string {
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	return cause instanceof Error ? cause.message || cause.name : String(cause);
}
