/**
 * A client, the upstream it is connected to, and a link for each direction between them. There is no half-close: when
 * one direction has delivered all it had, its destination is closed fully, and that ends the other direction.
 */
import type { Socket } from "node:net";
import { Link } from "./link.ts";
import type { LinkEnvironment } from "./stage.ts";
import type { Direction, Toxic } from "./toxics/toxic.ts";

export class Connection {
	readonly #sockets: readonly [client: Socket, upstream: Socket];
	readonly #links: Record<Direction, Link>;
	readonly #resets: boolean;

	/** @param onClosed called once, when both sockets are closed */
	constructor(
		client: Socket,
		upstream: Socket,
		toxics: Record<Direction, readonly Toxic[]>,
		environment: LinkEnvironment,
		onClosed: () => void,
	) {
		this.#sockets = [client, upstream];
		this.#links = {
			upstream: new Link(client, upstream, toxics.upstream, environment, () =>
				this.#closeWhenWritten(upstream),
			),
			downstream: new Link(upstream, client, toxics.downstream, environment, () =>
				this.#closeWhenWritten(client),
			),
		};
		this.#resets = this.#links.upstream.resetsOnClose || this.#links.downstream.resetsOnClose;

		let open = this.#sockets.length;
		for (const socket of this.#sockets) {
			socket.once("close", () => {
				open--;
				if (open === 0) onClosed();
			});
		}
	}

	link(direction: Direction): Link {
		return this.#links[direction];
	}

	/** Closes both sockets now; what is still inside is lost. */
	destroy(): void {
		for (const socket of this.#sockets) {
			if (this.#resets) socket.resetAndDestroy();
			else socket.destroy();
		}
	}

	#closeWhenWritten(socket: Socket): void {
		if (this.#resets) socket.resetAndDestroy();
		else socket.destroySoon();
	}
}
