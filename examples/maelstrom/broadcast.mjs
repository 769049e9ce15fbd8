/**
 * Maelstrom's workload `broadcast`, fault tolerant: what a neighbour has not confirmed is sent to it again every 100 ms. A restarted
 * node asks its neighbours for all that they have, since it has lost its memory.
 */
import { node, on, reply, request, send } from "./node.mjs";

const RETRY_EVERY_MS = 100;

const seen = new Set();
/** By neighbour: what it has not confirmed yet. */
const unconfirmed = new Map();

function learn(values, from) {
	for (const value of values) {
		if (seen.has(value)) continue;
		seen.add(value);
		for (const [neighbour, values] of unconfirmed) if (neighbour !== from) values.add(value);
	}
}

function tell(neighbour) {
	const values = [...(unconfirmed.get(neighbour) ?? [])];
	if (values.length === 0) return;
	request(neighbour, { type: "gossip", values }, () => {
		for (const value of values) unconfirmed.get(neighbour).delete(value);
	});
}

on("topology", (message) => {
	for (const neighbour of message.body.topology[node.id]) {
		unconfirmed.set(neighbour, new Set(seen));
		send(neighbour, { type: "hello" });
	}
	reply(message, { type: "topology_ok" });
	setInterval(() => {
		for (const neighbour of unconfirmed.keys()) tell(neighbour);
	}, RETRY_EVERY_MS);
});

on("hello", ({ src }) => {
	if (unconfirmed.has(src)) unconfirmed.set(src, new Set(seen));
});

on("broadcast", (message) => {
	learn([message.body.message], null);
	reply(message, { type: "broadcast_ok" });
});

on("gossip", (message) => {
	learn(message.body.values, message.src);
	reply(message, { type: "gossip_ok" });
});

on("read", (message) => reply(message, { type: "read_ok", messages: [...seen] }));
