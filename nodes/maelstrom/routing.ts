/**
 * Where what a node prints goes: to another node over its link, back to the node itself, or to the client that waits for it.
 * Maelstrom calls nodes n1, n2, n3 …, in the order of Pakka's replicas.
 */
import { type Body, type Message, NODE_NOT_FOUND, parseLine } from "./messages.ts";

/** Whose requests the bridge makes; every node has a client of this name, and knows of no other. */
export const CLIENT = "c1";
const LABEL_CHARACTERS = 60;
const SHOWN_CHARACTERS = 120;

export interface RoutingOptions {
	id: string;
	replicas: readonly string[];
	/** To the node's stdin; false: it was not written. */
	write: (line: string) => boolean;
	/** Over the link to a replica. */
	send: (to: string, line: string, label: string) => void;
	/** To the client. */
	settle: (body: Body) => void;
	warn: (line: string) => void;
}

export interface Routing {
	/** This node, by Maelstrom's name. */
	readonly node: string;
	/** All of them. */
	readonly nodes: readonly string[];
	/** A line that the node printed. */
	route(line: string): void;
	/** From the client to the node. */
	request(body: Body): boolean;
	/** What could not be made out, or had no receiver. */
	readonly counters: { garbage: number; undeliverable: number };
}

export function createRouting(options: RoutingOptions): Routing {
	const { id, replicas, write, send, settle, warn } = options;
	const names = new Map(replicas.map((replica, index) => [`n${index + 1}`, replica]));
	const nodes = [...names.keys()];
	const node = nodes[replicas.indexOf(id)] ?? "";
	const counters = { garbage: 0, undeliverable: 0 };

	function undeliverable({ dest, src, body }: Message): void {
		counters.undeliverable += 1;
		const what = `there is no '${dest}' here, only ${nodes.join(", ")} and the client ${CLIENT}; Maelstrom's services (lin-kv, seq-kv …) are not offered`;
		warn(`${node} sent ${JSON.stringify(body.type ?? null)} to nobody: ${what}`);
		if (body.msg_id === undefined) return;
		const error = { type: "error", in_reply_to: body.msg_id, code: NODE_NOT_FOUND, text: what };
		write(JSON.stringify({ src: dest, dest: src, body: error }));
	}

	return {
		node,
		nodes,
		counters,
		route(line) {
			const parsed = parseLine(line);
			if (!parsed.ok) {
				counters.garbage += 1;
				const shown = line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
				warn(`${node} printed on stdout what is not a message, ${parsed.why} (log to stderr): ${shown}`);
				return;
			}
			const { message } = parsed;
			const { dest, body } = message;
			const replica = names.get(dest);
			if (dest === CLIENT) settle(body);
			else if (dest === node) write(line);
			else if (replica !== undefined) send(replica, line, labelOf(body));
			else undeliverable(message);
		},
		request: (body) => write(JSON.stringify({ src: CLIENT, dest: node, body })),
	};
}

/** For the space-time diagram: `gossip {"messages":[1,2]}`. */
function labelOf({ type, msg_id: _id, in_reply_to: _of, ...rest }: Body): string {
	const name = typeof type === "string" ? type : "message";
	const text = Object.keys(rest).length === 0 ? name : `${name} ${JSON.stringify(rest)}`;
	return text.length <= LABEL_CHARACTERS ? text : `${text.slice(0, LABEL_CHARACTERS - 1)}…`;
}
