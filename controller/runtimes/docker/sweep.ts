/** Removing what runs left in Docker engines, for those who have no connection yet: the watchdog and `pakka clean`. */
import { setTimeout as sleep } from "node:timers/promises";
import { connectEngine, EngineError, requireEngine } from "./engine.ts";
import type { EngineAddress } from "./engine-address.ts";
import { KEPT_AFTER_CLEAN, removeOldCommands, removeOldImages } from "./images/old-images.ts";
import { type RemovedObjects, removeDeadRuns, removeRun } from "./remove-runs.ts";

/** An engine that is just restarting is waited for; one that is gone for longer is left to "pakka clean". */
const MAX_ATTEMPTS = 3;
const RETRY_MS = 1_000;
const NOTHING: RemovedObjects = { containers: [], networks: [], volumes: [] };

/** Of one run. @returns what was removed, and the engines that did not answer */
export async function removeFromEngines(
	engines: readonly EngineAddress[],
	runId: string,
	how: "ended" | "killed" | "long-dead",
): Promise<RemovedObjects & { unreachable: string[] }> {
	const found = await Promise.all(engines.map((address) => removeFrom(address, runId, how === "killed")));
	return {
		containers: found.flatMap((removed) => removed?.containers ?? []),
		networks: found.flatMap((removed) => removed?.networks ?? []),
		volumes: found.flatMap((removed) => removed?.volumes ?? []),
		unreachable: engines.filter((_, index) => found[index] === null).map(({ url }) => url),
	};
}

async function removeFrom(
	address: EngineAddress,
	runId: string,
	afterKill: boolean,
): Promise<RemovedObjects | null> {
	for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
		if (attempt > 1) await sleep(RETRY_MS);
		try {
			await using engine = connectEngine(address);
			return await removeRun(engine, runId, afterKill);
		} catch (error) {
			// Anything else is worth another look too: somebody else may be removing the same things.
			if (attempt === MAX_ATTEMPTS && !(error instanceof EngineError)) throw error;
			if (!afterKill) break;
		}
	}
	return null;
}

/**
 * Of all runs whose controller is surely gone; and Pakka's own images that newer ones have replaced.
 * @returns nothing where no engine answers: not everybody has one
 */
export async function sweepEngine(address: EngineAddress): Promise<RemovedObjects & { images: string[] }> {
	try {
		await using engine = connectEngine(address);
		await requireEngine(engine);
		const removed = await removeDeadRuns(engine);
		const images = await Promise.all([
			removeOldImages(engine.docker, KEPT_AFTER_CLEAN),
			removeOldCommands(engine.docker, KEPT_AFTER_CLEAN),
		]);
		return { ...removed, images: images.flat() };
	} catch (error) {
		if (error instanceof EngineError && error.status === null) return { ...NOTHING, images: [] };
		throw error;
	}
}
