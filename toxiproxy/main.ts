/**
 * The server as a process of its own:
 *
 *     node dist/toxiproxy/main.js --host 127.0.0.1 --port 0 [--seed 42] [--with-parent]
 *
 * Prints one line `{"url":"http://127.0.0.1:1234"}` when it listens. Ends with 0 on SIGTERM or SIGINT and, with
 * `--with-parent`, when the process that started it is gone; with 70 when it can't start.
 */
import { parseArgs } from "node:util";
import { startToxiproxy } from "./index.ts";

const PARENT_CHECK_INTERVAL_MS = 250;
const EXIT_FAILED = 70;
const EXIT_USAGE = 64;

function readOptions(): { host: string; port: number; seed: number | undefined; withParent: boolean } {
	const { values } = parseArgs({
		options: {
			host: { type: "string", default: "127.0.0.1" },
			port: { type: "string", default: "8474" },
			seed: { type: "string" },
			"with-parent": { type: "boolean", default: false },
		},
	});
	return {
		host: values.host,
		port: readInteger("--port", values.port),
		seed: values.seed === undefined ? undefined : readInteger("--seed", values.seed),
		withParent: values["with-parent"],
	};
}

function readInteger(flag: string, text: string): number {
	if (!/^-?\d+$/.test(text)) throw new Error(`${flag} takes an integer, found "${text}"`);
	return Number(text);
}

async function main(): Promise<void> {
	const parent = process.ppid;
	const { host, port, seed, withParent } = readOptions();
	const toxiproxy = await startToxiproxy({ host, port, ...(seed === undefined ? {} : { seed }) });
	const end = (): void => {
		void toxiproxy.close().finally(() => process.exit(0));
	};
	process.once("SIGTERM", end);
	process.once("SIGINT", end);
	if (withParent) {
		setInterval(() => {
			if (process.ppid !== parent) end();
		}, PARENT_CHECK_INTERVAL_MS).unref();
	}
	// The last line of defence: a mistake of ours in one connection must not end all the others.
	process.on("uncaughtException", (error) => console.error(error));
	process.stdout.write(`${JSON.stringify({ url: toxiproxy.url })}\n`);
}

main().catch((error: NodeJS.ErrnoException) => {
	console.error(error.message);
	process.exit(error.code?.startsWith("ERR_PARSE_ARGS") === true ? EXIT_USAGE : EXIT_FAILED);
});
