/**
 * Maelstrom's workloads `g-counter` and `pn-counter`: each node's increments and decrements, gossiped whole every 100 ms. With a
 * folder that survives crashes (PAKKA_DATA, which Maelstrom itself doesn't have) it keeps its own counts on the disk, so that a scenario
 * may claim `durable: true` for it.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { node, on, reply, send } from "./node.mjs";

const GOSSIP_EVERY_MS = 100;

const folder = process.env.PAKKA_DATA;
/** By node: the sums of what it added, [up, down]. */
let counts = {};

function load() {
	try {
		counts = JSON.parse(readFileSync(join(folder, "counts.json"), "utf8"));
	} catch (error) {
		if (error.code !== "ENOENT") throw error;
	}
}

/** Beside the old one, synced, then in its place: a crash leaves one of the two, whole. */
function save() {
	const beside = join(folder, "counts.new");
	const file = openSync(beside, "w");
	writeSync(file, JSON.stringify(counts));
	fsyncSync(file);
	closeSync(file);
	renameSync(beside, join(folder, "counts.json"));
}

on("add", (message) => {
	const { delta } = message.body;
	const [up, down] = counts[node.id] ?? [0, 0];
	counts[node.id] = delta >= 0 ? [up + delta, down] : [up, down - delta];
	if (folder) save();
	reply(message, { type: "add_ok" });
});

on("counts", ({ body }) => {
	for (const [id, [up, down]] of Object.entries(body.counts)) {
		const [ownUp, ownDown] = counts[id] ?? [0, 0];
		counts[id] = [Math.max(up, ownUp), Math.max(down, ownDown)];
	}
});

on("read", (message) => {
	const value = Object.values(counts).reduce((sum, [up, down]) => sum + up - down, 0);
	reply(message, { type: "read_ok", value });
});

if (folder) load();
setInterval(() => {
	for (const other of node.all) if (other !== node.id) send(other, { type: "counts", counts });
}, GOSSIP_EVERY_MS);
