/**
 * A proxy: a listening address, an upstream, its toxics and its live connections. Calls that change it are made one
 * after another by `collection.ts`; none of them waits for a peer.
 */
import { connect, type Server, type Socket } from "node:net";
import { formatAddress, parseAddress, resolveAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { listenOn } from "./listener.ts";
import type { LinkEnvironment } from "./stage.ts";
import type { Direction, Toxic } from "./toxics/toxic.ts";

const DIAL_TIMEOUT_MS = 60_000;

export class Proxy {
	readonly name: string;
	listen: string;
	upstream: string;
	/** In the order in which they were added. */
	readonly toxics: Record<Direction, Toxic[]> = { upstream: [], downstream: [] };
	readonly #environment: LinkEnvironment;
	readonly #connections = new Set<Connection>();
	/** Clients whose upstream does not answer yet. */
	readonly #dialling = new Set<Socket>();
	#server: Server | null = null;

	constructor(name: string, listen: string, upstream: string, environment: LinkEnvironment) {
		this.name = name;
		this.listen = listen;
		this.upstream = upstream;
		this.#environment = environment;
	}

	get enabled(): boolean {
		return this.#server !== null;
	}

	/** Does nothing when it runs already. @throws `listen tcp …` when the address can't be bound */
	async start(): Promise<void> {
		if (this.#server !== null) return;
		const { server, bound } = await listenOn(this.listen, (client) => this.#onClient(client));
		this.#server = server;
		this.listen = bound;
	}

	/** Closes the listener and both sockets of every connection. */
	stop(): void {
		this.#server?.close();
		this.#server = null;
		for (const socket of this.#dialling) socket.destroy();
		for (const connection of this.#connections) connection.destroy();
	}

	/**
	 * A changed address drops all connections.
	 * @throws when `listen` is no address, before anything changes, or when it can't be bound: then it is left disabled
	 */
	async update(wanted: { listen: string; upstream: string; enabled: boolean }): Promise<void> {
		if (await this.differs(wanted)) {
			this.stop();
			this.listen = wanted.listen;
			this.upstream = wanted.upstream;
		}
		if (wanted.enabled) await this.start();
		else this.stop();
	}

	/** Compares resolved addresses: `localhost:80` equals `127.0.0.1:80`. @throws when `listen` is no address */
	async differs(wanted: { listen: string; upstream: string }): Promise<boolean> {
		const resolved = formatAddress(await resolveAddress(parseAddress(wanted.listen)));
		return this.listen !== resolved || this.upstream !== wanted.upstream;
	}

	#onClient(client: Socket): void {
		// Read and write errors show as "close", which is all that the links need.
		client.on("error", () => {});
		const upstream = this.#dial();
		if (upstream === null) {
			client.destroy();
			return;
		}
		const sockets = [client, upstream];
		for (const socket of sockets) this.#dialling.add(socket);
		const settle = (): void => {
			for (const socket of sockets) this.#dialling.delete(socket);
		};
		upstream.setTimeout(DIAL_TIMEOUT_MS, () => upstream.destroy());
		const onFailure = (): void => {
			settle();
			client.destroy();
		};
		upstream.once("close", onFailure);
		upstream.once("connect", () => {
			settle();
			upstream.off("close", onFailure);
			upstream.setTimeout(0);
			if (client.destroyed) upstream.destroy();
			else this.#connect(client, upstream);
		});
	}

	#dial(): Socket | null {
		try {
			const { host, port } = parseAddress(this.upstream);
			const upstream = connect({
				host: host === "" ? "localhost" : host,
				port,
				allowHalfOpen: true,
				noDelay: true,
			});
			upstream.on("error", () => {});
			return upstream;
		} catch {
			return null;
		}
	}

	#connect(client: Socket, upstream: Socket): void {
		const connection = new Connection(client, upstream, this.toxics, this.#environment, () => {
			this.#connections.delete(connection);
		});
		this.#connections.add(connection);
		client.resume();
		upstream.resume();
	}

	// Toxics take effect on live connections at once.

	findToxic(name: string): Toxic | undefined {
		return this.listToxics().find((toxic) => toxic.name === name);
	}

	listToxics(): Toxic[] {
		return [...this.toxics.upstream, ...this.toxics.downstream];
	}

	addToxic(toxic: Toxic): void {
		this.toxics[toxic.direction].push(toxic);
		for (const connection of this.#connections) connection.link(toxic.direction).addToxic(toxic);
	}

	/** To be called after the settings of the toxic have changed. */
	updateToxic(toxic: Toxic): void {
		for (const connection of this.#connections) connection.link(toxic.direction).updateToxic(toxic);
	}

	removeToxic(toxic: Toxic): void {
		const chain = this.toxics[toxic.direction];
		chain.splice(chain.indexOf(toxic), 1);
		for (const connection of this.#connections) connection.link(toxic.direction).removeToxic(toxic);
	}

	removeAllToxics(): void {
		for (const toxic of this.listToxics()) this.removeToxic(toxic);
	}
}
