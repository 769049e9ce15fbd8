/**
 * The proxies of a server by name. Changes run one after another (binding a port takes a moment), so that two requests
 * can't both take a name or a port; reading never waits.
 */
import { alreadyExists, missingField, proxyNotFound } from "./api/errors.ts";
import { Proxy } from "./proxy.ts";
import type { LinkEnvironment } from "./stage.ts";

export interface ProxyInput {
	name: string;
	listen: string;
	upstream: string;
	enabled: boolean;
}

export class ProxyCollection {
	readonly #proxies = new Map<string, Proxy>();
	readonly #environment: LinkEnvironment;
	#lastChange: Promise<unknown> = Promise.resolve();

	constructor(environment: LinkEnvironment) {
		this.#environment = environment;
	}

	/** Sorted by name. */
	list(): Proxy[] {
		return [...this.#proxies.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
	}

	/** @throws ApiError 404 */
	get(name: string): Proxy {
		const proxy = this.#proxies.get(name);
		if (proxy === undefined) throw proxyNotFound();
		return proxy;
	}

	/** Runs a change after all that were asked for before it. Each is bounded: a look-up's time-out and a bind. */
	change<Result>(make: () => Promise<Result>): Promise<Result> {
		const result = this.#lastChange.then(make);
		this.#lastChange = result.catch(() => {});
		return result;
	}

	/** @throws ApiError 400 or 409, or `listen tcp …` */
	async add(input: ProxyInput): Promise<Proxy> {
		if (input.name === "") throw missingField("name");
		if (input.upstream === "") throw missingField("upstream");
		if (this.#proxies.has(input.name)) throw alreadyExists("proxy");
		const proxy = this.#create(input);
		if (input.enabled) await proxy.start();
		this.#proxies.set(proxy.name, proxy);
		return proxy;
	}

	/**
	 * Makes the proxies of `inputs`, all of which are validated first. Unchanged ones are left alone, changed ones replaced.
	 * @returns those made before the first failure, and that failure
	 */
	async populate(inputs: readonly ProxyInput[]): Promise<{ proxies: Proxy[]; error: unknown }> {
		const proxies: Proxy[] = [];
		try {
			for (const [index, input] of inputs.entries()) {
				if (input.name === "") throw missingField(`name at proxy ${index + 1}`);
				if (input.upstream === "") throw missingField(`upstream at proxy ${index + 1}`);
			}
			for (const input of inputs) proxies.push(await this.#addOrReplace(input));
			return { proxies, error: null };
		} catch (error) {
			return { proxies, error };
		}
	}

	async #addOrReplace(input: ProxyInput): Promise<Proxy> {
		const existing = this.#proxies.get(input.name);
		if (existing !== undefined) {
			if (!(await existing.differs(input))) return existing;
			existing.stop();
		}
		const proxy = this.#create(input);
		if (input.enabled) await proxy.start();
		this.#proxies.set(proxy.name, proxy);
		return proxy;
	}

	#create({ name, listen, upstream }: ProxyInput): Proxy {
		return new Proxy(name, listen, upstream, this.#environment);
	}

	/** @throws ApiError 404 */
	remove(name: string): void {
		this.get(name).stop();
		this.#proxies.delete(name);
	}

	/** All toxics gone, all proxies enabled. @throws `listen tcp …` at the first that can't start */
	async reset(): Promise<void> {
		for (const proxy of this.list()) {
			await proxy.start();
			proxy.removeAllToxics();
		}
	}

	/** Stops all proxies. */
	clear(): void {
		for (const proxy of this.#proxies.values()) proxy.stop();
		this.#proxies.clear();
	}
}
