/**
 * Contracts in Solidity, compiled by solc: once, when Pakka is built, so that not every replica does it again at its start; or when they are
 * needed, where the build had no solc.
 */
import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { peerLibrary } from "../../../adapters/peer-library.ts";

const COMPILER_VERSION = "0.8.37";
const SETTINGS = {
	optimizer: { enabled: true, runs: 200 },
	evmVersion: "shanghai",
	outputSelection: { "*": { "*": ["evm.bytecode.object", "evm.methodIdentifiers"] } },
};
const solc = peerLibrary("solc", COMPILER_VERSION, () => import("solc"));

/** As it lies beside the source after a build. */
interface Kept extends Compiled {
	/** SHA-256 of what it was made of: the compiler's version, the settings, the source. */
	of: string;
}

export interface Compiled {
	bytecode: string;
	/** First four bytes of a call, by method. */
	selectors: Record<string, string>;
}

/** What the build kept, if that was made of this very source; else compiled now, which takes a processor for two seconds. */
export async function compiledContract(contract: string): Promise<Compiled> {
	const source = await sourceOf(contract);
	return (await keptOf(contract, source)) ?? compile(contract, source);
}

/**
 * Does nothing when it is there already, made of this very source. @throws Error without solc
 * @public called by the build, scripts/build.mjs
 */
export async function keepCompiled(contract: string): Promise<void> {
	const source = await sourceOf(contract);
	if ((await keptOf(contract, source)) !== null) return;
	const kept: Kept = { of: nameOf(source), ...(await compile(contract, source)) };
	// Whole or not at all: somebody may be reading it.
	const unfinished = besideThis(`${contract}.json.${process.pid}`);
	await writeFile(unfinished, `${JSON.stringify(kept)}\n`);
	await rename(unfinished, besideThis(`${contract}.json`));
}

async function keptOf(contract: string, source: string): Promise<Compiled | null> {
	const text = await readFile(besideThis(`${contract}.json`), "utf8").catch(() => null);
	if (text === null) return null;
	const { of, ...compiled } = JSON.parse(text) as Kept;
	return of === nameOf(source) ? compiled : null;
}

function sourceOf(contract: string): Promise<string> {
	return readFile(besideThis(`${contract}.sol`), "utf8");
}

function besideThis(file: string): URL {
	return new URL(file, import.meta.url);
}

function nameOf(source: string): string {
	const content = JSON.stringify([COMPILER_VERSION, SETTINGS, source]);
	return createHash("sha256").update(content).digest("hex");
}

async function compile(contract: string, content: string): Promise<Compiled> {
	await solc.load();
	const file = `${contract}.sol`;
	const input = JSON.stringify({
		language: "Solidity",
		sources: { [file]: { content } },
		settings: SETTINGS,
	});
	const { default: compiler } = solc.get();
	const output = JSON.parse(compiler.compile(input)) as Output;
	const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
	if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
	const found = output.contracts[file]?.[contract];
	if (found === undefined) throw new Error(`${file} has no contract ${contract}`);
	const { evm } = found;
	const methods = Object.entries(evm.methodIdentifiers);
	const selectors = methods.map(([signature, selector]) => [
		signature.slice(0, signature.indexOf("(")),
		selector,
	]);
	return { bytecode: evm.bytecode.object, selectors: Object.fromEntries(selectors) };
}

interface Evm {
	bytecode: { object: string };
	methodIdentifiers: Record<string, string>;
}

interface Output {
	errors?: { severity: string; formattedMessage: string }[];
	contracts: Record<string, Record<string, { evm: Evm }>>;
}
