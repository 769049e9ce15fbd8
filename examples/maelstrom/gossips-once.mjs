/**
 * The workload `broadcast` as a first attempt often is: what is new goes to the neighbours once, and nobody asks whether it arrived.
 * Right on a network that loses nothing; a partition costs it updates.
 */
import { node, on, reply, send } from "./node.mjs";

const seen = new Set();
let neighbours = [];

function learn(value, from) {
	if (seen.has(value)) return;
	seen.add(value);
	for (const neighbour of neighbours) if (neighbour !== from) send(neighbour, { type: "gossip", value });
}

on("topology", (message) => {
	neighbours = message.body.topology[node.id];
	reply(message, { type: "topology_ok" });
});

on("broadcast", (message) => {
	learn(message.body.message, null);
	reply(message, { type: "broadcast_ok" });
});

on("gossip", ({ src, body }) => learn(body.value, src));

on("read", (message) => reply(message, { type: "read_ok", messages: [...seen] }));
