/** What a node in JavaScript needs of Maelstrom's protocol: messages as lines of JSON on stdin and stdout. */
import { createInterface } from "node:readline";

const handlers = new Map();
const waiting = new Map();
let lastId = 0;

/** This node and all of them, once `init` came. */
export const node = { id: "", all: [] };

export function send(dest, body) {
	process.stdout.write(`${JSON.stringify({ src: node.id, dest, body })}\n`);
}

export function reply(message, body) {
	send(message.src, { ...body, in_reply_to: message.body.msg_id });
}

/** A request to another node. `onReply` is called if an answer ever comes. */
export function request(dest, body, onReply) {
	lastId += 1;
	waiting.set(lastId, onReply);
	send(dest, { ...body, msg_id: lastId });
}

export function on(type, handler) {
	handlers.set(type, handler);
}

on("init", (message) => {
	node.id = message.body.node_id;
	node.all = message.body.node_ids;
	reply(message, { type: "init_ok" });
});

const lines = createInterface({ input: process.stdin });
// Nobody is there any more who would hear it.
lines.on("close", () => process.exit(0));
lines.on("line", (line) => {
	const message = JSON.parse(line);
	const { type, in_reply_to: id } = message.body;
	if (id !== undefined) {
		waiting.get(id)?.(message.body);
		waiting.delete(id);
		return;
	}
	const handler = handlers.get(type);
	if (handler) handler(message);
	else reply(message, { type: "error", code: 10, text: `no handler for ${type}` });
});
