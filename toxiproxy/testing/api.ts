/** A thin client of the HTTP API for tests: every call must answer in time, and with the status that is expected. */

const ANSWER_TIMEOUT_MS = 5_000;

export interface ProxyReply {
	name: string;
	listen: string;
	upstream: string;
	enabled: boolean;
	toxics: unknown[];
}

export interface ToxicInput {
	name?: string;
	type: string;
	stream?: "upstream" | "downstream";
	toxicity?: number;
	attributes?: Record<string, number>;
}

export class Api {
	readonly #url: string;

	constructor(url: string) {
		this.#url = url;
	}

	/** @throws unless the status is 2xx */
	async call(method: string, path: string, body?: unknown): Promise<unknown> {
		const reply = await fetch(this.#url + path, {
			method,
			body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
			signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
		});
		const text = await reply.text();
		if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
		return text === "" ? null : JSON.parse(text);
	}

	async createProxy(name: string, upstream: string): Promise<ProxyReply> {
		return (await this.call("POST", "/proxies", { name, upstream, listen: "127.0.0.1:0" })) as ProxyReply;
	}

	updateProxy(name: string, change: Partial<ProxyReply>): Promise<unknown> {
		return this.call("PATCH", `/proxies/${name}`, change);
	}

	deleteProxy(name: string): Promise<unknown> {
		return this.call("DELETE", `/proxies/${name}`);
	}

	addToxic(proxy: string, toxic: ToxicInput): Promise<unknown> {
		return this.call("POST", `/proxies/${proxy}/toxics`, { name: "t", ...toxic });
	}

	updateToxic(proxy: string, change: Partial<ToxicInput>, name = "t"): Promise<unknown> {
		return this.call("PATCH", `/proxies/${proxy}/toxics/${name}`, change);
	}

	removeToxic(proxy: string, name = "t"): Promise<unknown> {
		return this.call("DELETE", `/proxies/${proxy}/toxics/${name}`);
	}

	reset(): Promise<unknown> {
		return this.call("POST", "/reset");
	}
}
