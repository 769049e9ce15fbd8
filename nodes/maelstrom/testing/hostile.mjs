/**
 * A Maelstrom node for tests of what the bridge does with bad ones; its argument says in which way it is bad:
 *   exit (at once) · exit-later (at the second request) · silent (never answers) · deaf (never reads) · garbage (prints what is no message
 *   among its messages, and a line without an end) · flood (of stderr) · errors (answers `add` with the code that is added) ·
 *   service (asks Maelstrom's lin-kv, and shows what it answered) · no-topology (answers it with error 10) · wrong-reply
 */
import { createInterface } from "node:readline";

const LIFE_MS = 20_000;
const [, , way] = process.argv;
let id = "";
let requests = 0;
let shown = [];

const print = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const reply = ({ src, body }, answer) =>
	print({ src: id, dest: src, body: { ...answer, in_reply_to: body.msg_id } });

function answer(message) {
	const { type, node_id: name, element, delta } = message.body;
	if (type === "init") {
		id = name;
		if (way === "flood") setInterval(() => process.stderr.write("flooding ".repeat(10_000)), 5);
		return reply(message, { type: "init_ok" });
	}
	if (way === "garbage") {
		process.stdout.write("Got a request!\n[1,2]\n{}\n\n");
		process.stdout.write(`${"x".repeat(9 * 1024 * 1024)}\n`);
	}
	if (type === "error") {
		shown.push(message.body.code);
		return;
	}
	if (type === "topology") return reply(message, { type: "error", code: 10 });
	if (type === "read")
		return reply(message, way === "wrong-reply" ? { type: "read_ok" } : { type: "read_ok", value: shown });
	if (way === "errors") return reply(message, { type: "error", code: element, text: "as asked" });
	if (way === "wrong-reply") return reply(message, { type: "read_ok", value: [] });
	if (way === "service") print({ src: id, dest: "lin-kv", body: { type: "read", key: 1, msg_id: 1 } });
	shown = [...shown, element ?? delta];
	return reply(message, { type: "add_ok" });
}

if (way === "exit") {
	console.error("cannot find my configuration");
	process.exit(3);
}
if (way === "deaf") setTimeout(() => process.exit(0), LIFE_MS);
else {
	const lines = createInterface({ input: process.stdin });
	lines.on("close", () => process.exit(0));
	lines.on("line", (line) => {
		requests += 1;
		if (way === "silent") return;
		if (way === "exit-later" && requests > 1) process.exit(4);
		answer(JSON.parse(line));
	});
}
