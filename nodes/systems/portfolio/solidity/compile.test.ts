import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { builtEntry } from "../../../sdk/built-entry.ts";
import { compiledContract } from "./compile.ts";

const CONTRACTS = ["Portfolio", "PortfolioAsWritten"];

it.each(CONTRACTS)("%s: what the build kept is what solc makes of the source now", async (contract) => {
	const built = pathToFileURL(builtEntry("nodes/systems/portfolio/solidity/compile.ts"));
	const kept = JSON.parse(await readFile(new URL(`${contract}.json`, built), "utf8")) as { of: string };
	const { compiledContract: fromBuild } = (await import(built.href)) as {
		compiledContract: typeof compiledContract;
	};
	const now = await compiledContract(contract);
	expect(now.bytecode).toMatch(/^60[0-9a-f]{1000}/);
	expect(kept).toEqual({ of: kept.of, ...now });
	expect(await fromBuild(contract)).toEqual(now);
});
