/**
 * A replica in plain JavaScript that shares no code with the SDK: a grow-only set whose whole state goes to every peer
 * every 50 ms as a line of JSON. For tests of what the process runtime does with programs it did not write. Its
 * options make it misbehave:
 *   exitAtStart, neverHealthy, flood, garbageState, garbageOperation, hangOnOperation (each a replica id or "all"),
 *   exitAfter (operations), child (starts a process of its own), hoard (keeps 16 MB for each operation), tellTime (prints it at each operation).
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { join } from "node:path";

const { PAKKA_ID, PAKKA_CONTROL, PAKKA_LISTEN, PAKKA_PEERS, PAKKA_DATA, PAKKA_OPTIONS } = process.env;
const options = JSON.parse(PAKKA_OPTIONS);
const is = (name) => options[name] === PAKKA_ID || options[name] === "all";
const stored = join(PAKKA_DATA, "updates.json");

/** Updates by the replica that accepted them, in order. */
let updates = existsSync(stored) ? JSON.parse(readFileSync(stored, "utf8")) : {};
let operations = 0;

if (is("exitAtStart")) {
	console.error("cannot find my configuration");
	process.exit(3);
}
if (is("child")) spawn("sleep", ["600"], { stdio: "ignore" });
const hoarded = [];
if (is("flood")) setInterval(() => process.stdout.write("flooding ".repeat(200_000)), 5);

const state = () => ({
	view: [...new Set(Object.values(updates).flat())],
	delivered: Object.fromEntries(Object.entries(updates).map(([id, list]) => [id, list.length])),
	pending: 0,
});

function merge(theirs) {
	for (const [id, list] of Object.entries(theirs)) {
		if (list.length > (updates[id] ?? []).length) updates = { ...updates, [id]: list };
	}
}

const [host, port] = PAKKA_LISTEN.split(":");
createTcpServer((socket) => {
	let buffered = "";
	socket.on("error", () => {});
	socket.on("data", (chunk) => {
		const lines = (buffered + chunk).split("\n");
		buffered = lines.pop();
		for (const line of lines) merge(JSON.parse(line));
	});
}).listen(Number(port), host);

for (const lanes of Object.values(JSON.parse(PAKKA_PEERS))) {
	let socket = null;
	setInterval(() => {
		if (socket === null || socket.destroyed) {
			const [peerHost, peerPort] = lanes[0].split(":");
			socket = connect(Number(peerPort), peerHost);
			socket.on("error", () => {});
			socket.on("close", () => (socket = null));
		} else if (!socket.connecting) socket.write(`${JSON.stringify(updates)}\n`);
	}, 50);
}

function operate(operation) {
	if (operation.f === "read") return [200, { value: state().view, delivered: state().delivered }];
	if (operation.f !== "add") return [400, { error: { code: "unknown", message: `no ${operation.f}` } }];
	const own = [...(updates[PAKKA_ID] ?? []), operation.value];
	updates = { ...updates, [PAKKA_ID]: own };
	// It may be killed in the middle of it.
	writeFileSync(`${stored}.new`, JSON.stringify(updates));
	renameSync(`${stored}.new`, stored);
	return [200, { value: null, update: own.length, delivered: state().delivered }];
}

const [controlHost, controlPort] = PAKKA_CONTROL.split(":");
createServer((request, response) => {
	const reply = (status, body) => {
		response.writeHead(status, { "content-type": "application/json" });
		response.end(typeof body === "string" ? body : JSON.stringify(body));
	};
	if (request.url === "/health") return reply(is("neverHealthy") ? 503 : 200, {});
	if (request.url === "/state") return reply(200, is("garbageState") ? "<html>oops" : state());
	if (request.url !== "/operation") return reply(404, {});
	let text = "";
	request.on("data", (chunk) => (text += chunk));
	request.on("end", () => {
		if (is("hangOnOperation")) return;
		if (is("garbageOperation")) return reply(200, '{"update": "seven"}');
		operations++;
		if (is("tellTime")) console.log(`it is ${Date.now()}`);
		if (is("hoard")) hoarded.push(Buffer.alloc(16 * 1024 * 1024, 1));
		if (options.exitAfter === operations && PAKKA_ID === "r1") process.exit(7);
		reply(...operate(JSON.parse(text)));
	});
}).listen(Number(controlPort), controlHost);
console.log(`${PAKKA_ID} listens`);
