/**
 * The program of a replica on Redis. It speaks the replica protocol (docs/replica-protocol.md), and needs `redis-server` on PATH:
 *
 *     node dist/nodes/systems/redis/main.js --system cart
 *     node dist/nodes/systems/redis/main.js --system balance --as-written
 *
 * Exit codes: 0 after SIGTERM or SIGINT, 64 for bad arguments or a bad environment, 70 when it can't go on.
 */
import { parseArgs } from "node:util";
import { EnvironmentError, readEnvironment } from "../../sdk/environment.ts";
import { balanceAsWritten, cartAsWritten } from "./as-written.ts";
import { balance } from "./balance.ts";
import { cart } from "./cart.ts";
import { startProgram } from "./program.ts";
import type { StoredType } from "./stored-type.ts";

const EXIT_USAGE = 64;
const EXIT_FAILURE = 70;
const STOP_TIMEOUT_MS = 2_000;

function typeFromArguments(): StoredType {
	const { values } = parseArgs({
		options: { system: { type: "string" }, "as-written": { type: "boolean" } },
	});
	const asWritten = values["as-written"] === true;
	switch (values.system) {
		case "cart":
			return asWritten ? cartAsWritten : cart;
		case "balance":
			return asWritten ? balanceAsWritten : balance;
		default:
			throw new Error(`expected --system cart or --system balance, found ${values.system ?? "none"}`);
	}
}

function fail(error: unknown): never {
	const text = error instanceof Error ? wordsOf(error) : String(error);
	process.stderr.write(`pakka redis: ${text}\n`);
	process.exit(error instanceof EnvironmentError ? EXIT_USAGE : EXIT_FAILURE);
}

/** Nobody needs a stack to learn that a package is not installed. */
function wordsOf(error: Error): string {
	const { code } = (error.cause ?? {}) as { code?: unknown };
	return code === "ERR_MODULE_NOT_FOUND" ? error.message : (error.stack ?? error.message);
}

function usage(error: unknown): never {
	process.stderr.write(`pakka redis: ${error instanceof Error ? error.message : String(error)}\n`);
	process.exit(EXIT_USAGE);
}

async function run(type: StoredType): Promise<void> {
	const environment = readEnvironment(process.env);
	const program = await startProgram(type, environment, fail);
	const stop = (): void => {
		setTimeout(() => process.exit(0), STOP_TIMEOUT_MS).unref();
		Promise.resolve(program[Symbol.asyncDispose]()).then(() => process.exit(0), fail);
	};
	process.once("SIGTERM", stop);
	process.once("SIGINT", stop);
}

process.on("uncaughtException", fail);
let type: StoredType;
try {
	type = typeFromArguments();
} catch (error) {
	usage(error);
}
try {
	await run(type);
} catch (error) {
	fail(error);
}
