/**
 * What everything of one run stands on: the engine, the stream of its events, the networks, what replicas' containers are created
 * of. Also the end of it: whatever carries the run's label is removed.
 */
import type { RuntimeOptions } from "../runtime.ts";
import { type ContainerEvents, followEvents } from "./container-events.ts";
import { type Engine, EngineError, requireEngine } from "./engine.ts";
import { engineHost, isLocalEngine } from "./engine-address.ts";
import { ensureToxiproxyImage, type ToxiproxyImage } from "./images.ts";
import { type Labels, labelsOf } from "./labels.ts";
import { createNetworks, type Networks } from "./networks.ts";
import { removeDeadRuns, removeRun } from "./remove-runs.ts";
import { pakkaImage, prepareSource, type ReplicaSourceImage, type SourceOptions } from "./replica-source.ts";

const LOOPBACK = "127.0.0.1";

/** What everything of one run needs. */
export interface Ground {
	options: RuntimeOptions;
	engine: Engine;
	events: ContainerEvents;
	labels: Labels;
	networks: Networks;
	source: ReplicaSourceImage;
	toxiproxy: ToxiproxyImage;
	/** host of published ports, and the address that they are published on there. */
	host: string;
	publishedOn: string;
}

/**
 * @param use takes over what has to be ended, in the reverse order
 * @throws Error when no engine answers, or an image is not there
 */
export async function layGround(
	options: RuntimeOptions,
	engine: Engine,
	use: <T extends AsyncDisposable>(thing: T) => T,
): Promise<Ground> {
	const { runId, note, signal } = options;
	await requireEngine(engine);
	// Before anything is made, so that whoever cleans up after us knows where to look.
	options.leftovers.addEngine(engine.address);
	const publishedOn = publishingAddress(engine);
	const labels = labelsOf(runId);
	const events = use(await followEvents(engine, runId));
	// After the nodes have ended, and before the connection to the engine goes.
	use({ [Symbol.asyncDispose]: () => removeAll(engine, options) });
	const forImages: SourceOptions = { scenario: options.scenario, engine, note, signal };
	const preparing = prepareSource(forImages);
	// Not before the replicas' own image is there: it may be the same.
	const ownImage = () => preparing.then(() => pakkaImage(forImages, []));
	const [swept, source, toxiproxy, networks] = await allOrNone([
		removeDeadRuns(engine),
		preparing,
		ensureToxiproxyImage(engine.docker, ownImage, { note, signal }),
		createNetworks(engine, runId, labels),
	]);
	const names = [...swept.containers, ...swept.networks, ...swept.volumes];
	if (names.length > 0) note("removed from the Docker engine what dead runs had left", names.sort());
	signal?.throwIfAborted();
	const host = engineHost(engine.address);
	return { options, engine, events, labels, networks, source, toxiproxy, host, publishedOn };
}

/** Waits for all of them also when one fails, so that nothing is made behind the back of whoever cleans up. */
async function allOrNone<const T extends readonly Promise<unknown>[]>(
	works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
	await Promise.allSettled(works);
	return Promise.all(works);
}

/** Should the engine be gone, what is in it stays entered, for the next run's sweep and for "pakka clean". */
async function removeAll(engine: Engine, { runId, leftovers }: RuntimeOptions): Promise<void> {
	try {
		await removeRun(engine, runId, false);
		leftovers.removeEngine(engine.address);
	} catch (error) {
		if (!(error instanceof EngineError) || error.status !== null) throw error;
	}
}

/** @throws Error when published ports could not be reached from here without opening them to others */
function publishingAddress({ address }: Engine): string {
	const wanted = process.env["PAKKA_DOCKER_PUBLISH"] ?? "";
	if (wanted !== "") return wanted;
	if (isLocalEngine(address)) return LOOPBACK;
	throw new Error(
		`the Docker engine at ${address.url} is on another host, whose 127.0.0.1 can't be reached from here. Set ` +
			"PAKKA_DOCKER_PUBLISH to the address of that host on which replicas' control ports may be published (0.0.0.0: all, for " +
			"everybody who reaches that host), or forward its socket to this machine and name that in DOCKER_HOST.",
	);
}
