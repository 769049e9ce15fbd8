/**
 * Removes what runs made in a Docker engine, by their labels and by nothing else. Used when a run is over, by the watchdog of
 * a controller that was killed, by the sweep at a run's start and by `pakka clean`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Engine, EngineError } from "./engine.ts";
import { isOwnerDead, OWNER_LABEL, RUN_LABEL } from "./labels.ts";

/** The engine may still be making what a killed controller had asked for: nothing must have come for so long. */
const QUIET_AFTER_KILL_MS = 1_500;
const POLL_MS = 100;
/** Ordinarily a second. */
const REMOVED_WITHIN_MS = 60_000;
/** Gone already, or being removed by somebody else at this moment. */
const GONE = [404, 409];
/** A network goes when the engine has seen the end of its last container, which may take a moment. */
const NETWORK_BUSY = [403, 404, 409];

/** Names, in the order of removal. */
export interface RemovedObjects {
	containers: string[];
	networks: string[];
	volumes: string[];
}

interface Labelled {
	containers: { id: string; name: string; labels: Record<string, string> }[];
	networks: { id: string; name: string; labels: Record<string, string> }[];
	volumes: { name: string; labels: Record<string, string> }[];
}

/**
 * @param afterKill whoever made it was killed, so that something may still be on its way
 * @throws EngineError when the engine does not answer; Error when something is still there after {@link REMOVED_WITHIN_MS}
 */
export async function removeRun(engine: Engine, runId: string, afterKill: boolean): Promise<RemovedObjects> {
	const removed: RemovedObjects = { containers: [], networks: [], volumes: [] };
	let quietMs = 0;
	let there: Labelled = await listLabelled(engine, `${RUN_LABEL}=${runId}`);
	for (let waitedMs = 0; waitedMs < REMOVED_WITHIN_MS; waitedMs += POLL_MS) {
		if (countOf(there) === 0) {
			if (!afterKill || quietMs >= QUIET_AFTER_KILL_MS) return removed;
			quietMs += POLL_MS;
		} else {
			quietMs = 0;
			await removeListed(engine, there, removed);
		}
		there = await listLabelled(engine, `${RUN_LABEL}=${runId}`);
		if (countOf(there) > 0 || afterKill) await sleep(POLL_MS);
	}
	const left = [...there.containers, ...there.networks, ...there.volumes].map(({ name }) => name);
	throw new Error(
		`still in the Docker engine after ${REMOVED_WITHIN_MS} ms: ${left.join(", ")}. "pakka clean" tries again.`,
	);
}

/** Of runs whose controller is surely gone. @returns what was removed. @throws EngineError */
export async function removeDeadRuns(engine: Engine): Promise<RemovedObjects> {
	const { containers, networks, volumes } = await listLabelled(engine, RUN_LABEL);
	const dead = new Set<string>();
	for (const { labels } of [...containers, ...networks, ...volumes]) {
		const runId = labels[RUN_LABEL];
		const owner = labels[OWNER_LABEL];
		if (runId !== undefined && owner !== undefined && isOwnerDead(owner)) dead.add(runId);
	}
	const removed = await Promise.all([...dead].map((runId) => removeRun(engine, runId, false)));
	return {
		containers: removed.flatMap((run) => run.containers),
		networks: removed.flatMap((run) => run.networks),
		volumes: removed.flatMap((run) => run.volumes),
	};
}

async function listLabelled(engine: Engine, label: string): Promise<Labelled> {
	const filters = { label: [label] };
	const [containers, networks, { Volumes: volumes }] = await Promise.all([
		engine.call("list containers", (docker) => docker.listContainers({ all: true, filters })),
		engine.call("list networks", (docker) => docker.listNetworks({ filters })),
		// The declared type wants JSON, and dockerode makes it of an object by itself.
		engine.call("list volumes", (docker) => docker.listVolumes({ filters } as object)),
	]);
	return {
		containers: containers.map(({ Id, Names, Labels }) => ({
			id: Id,
			name: Names[0]?.replace(/^\//, "") ?? Id,
			labels: Labels,
		})),
		networks: networks.map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} })),
		// Null where there are none.
		volumes: (volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} })),
	};
}

function countOf({ containers, networks, volumes }: Labelled): number {
	return containers.length + networks.length + volumes.length;
}

/** Networks and volumes go only when no container uses them any more. */
async function removeListed(engine: Engine, there: Labelled, removed: RemovedObjects): Promise<void> {
	await Promise.all(
		there.containers.map(async ({ id, name }) => {
			// With its anonymous volumes, which carry no label.
			const options = { force: true, v: true };
			if (
				await gone(engine, `remove container ${name}`, GONE, () =>
					engine.docker.getContainer(id).remove(options),
				)
			)
				removed.containers.push(name);
		}),
	);
	await Promise.all([
		...there.networks.map(async ({ id, name }) => {
			if (
				await gone(engine, `remove network ${name}`, NETWORK_BUSY, () =>
					engine.docker.getNetwork(id).remove(),
				)
			)
				removed.networks.push(name);
		}),
		...there.volumes.map(async ({ name }) => {
			if (await gone(engine, `remove volume ${name}`, GONE, () => engine.docker.getVolume(name).remove()))
				removed.volumes.push(name);
		}),
	]);
}

/** What can't be removed now is found again by the next look. */
async function gone(
	engine: Engine,
	what: string,
	statuses: readonly number[],
	remove: () => Promise<unknown>,
): Promise<boolean> {
	try {
		await engine.call(what, remove);
		return true;
	} catch (error) {
		if (
			error instanceof EngineError &&
			error.status !== null &&
			(statuses.includes(error.status) || error.status >= 500)
		)
			return false;
		throw error;
	}
}
