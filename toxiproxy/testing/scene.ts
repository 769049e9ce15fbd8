/** A proxy with its upstream, made for one test and removed after it. */
import { Api, type ToxicInput } from "./api.ts";
import { dial, type Peer, Upstream } from "./peers.ts";

export class Scene implements AsyncDisposable {
	readonly api: Api;
	readonly upstream: Upstream;
	readonly name: string;
	readonly listen: string;
	readonly #clients: Peer[] = [];

	private constructor(api: Api, upstream: Upstream, name: string, listen: string) {
		this.api = api;
		this.upstream = upstream;
		this.name = name;
		this.listen = listen;
	}

	static async start(
		url: string,
		options: { echo?: boolean; read?: boolean } = {},
		proxy = "scene",
	): Promise<Scene> {
		const api = new Api(url);
		const upstream = await Upstream.start(options);
		const { name, listen } = await api.createProxy(proxy, upstream.address);
		return new Scene(api, upstream, name, listen);
	}

	/** A new connection through the proxy: its client, and its end at the upstream. */
	async connect(): Promise<{ client: Peer; server: Peer }> {
		const index = this.upstream.peers.length;
		const client = await this.dial();
		return { client, server: await this.upstream.peer(index) };
	}

	/** Only the client's side of it. */
	async dial(): Promise<Peer> {
		const client = await dial(this.listen);
		this.#clients.push(client);
		return client;
	}

	addToxic(toxic: ToxicInput): Promise<unknown> {
		return this.api.addToxic(this.name, toxic);
	}

	updateToxic(change: Partial<ToxicInput>): Promise<unknown> {
		return this.api.updateToxic(this.name, change);
	}

	removeToxic(name = "t"): Promise<unknown> {
		return this.api.removeToxic(this.name, name);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		for (const client of this.#clients) client.socket.destroy();
		await this.api.deleteProxy(this.name);
		await this.upstream[Symbol.asyncDispose]();
	}
}
