/**
 * A wrong wall clock for a program that knows nothing of Pakka: libfaketime, where its image has it. The library is preloaded
 * from the start and reads the skew from a file at every look at the clock; the file lies on the replica's data volume, and is
 * written from outside. Monotonic clocks stay right, as they do when a machine's wall clock is wrong.
 */
import type { Scenario } from "../../../scenarios/scenario.ts";
import type { Answer } from "../../control-client.ts";
import type { Engine } from "./engine.ts";
import type { Labels } from "./labels.ts";

/** Where Debian (by architecture), Alpine and a build from source put it. */
const PLACES = [
	"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
	"/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
	"/usr/lib/faketime/libfaketime.so.1",
	"/usr/local/lib/faketime/libfaketime.so.1",
];
const FILE = ".pakka-faketime";
const MS_PER_SECOND = 1_000;

/** Of what fakes a replica's clock. */
export interface Faketime {
	environment: Record<string, string>;
	/** In the data folder. */
	file: string;
}

/** Whether any fault of the scenario makes a clock wrong: others need no library. */
export function skewsClocks({ faults }: Scenario): boolean {
	return faults.some((fault) =>
		"action" in fault ? fault.action.kind === "clock" : fault.random.includes("clock"),
	);
}

/**
 * Looks into the image, through a container that is never started.
 * @returns null when it has no libfaketime where it is known to be
 */
export async function findFaketime(
	engine: Engine,
	{ image, name, labels, dataPath }: { image: string; name: string; labels: Labels; dataPath: string },
): Promise<Faketime | null> {
	const { id } = await engine.call(`create the container ${name}`, (docker) =>
		docker.createContainer({
			name,
			Image: image,
			Cmd: ["none"],
			Labels: labels,
			HostConfig: { NetworkMode: "none" },
		}),
	);
	const container = engine.docker.getContainer(id);
	const found = await Promise.all(
		PLACES.map((path) =>
			engine.attempt(`look for ${path} in ${image}`, [404], () => container.infoArchive({ path })),
		),
	);
	await engine.call(`remove the container ${name}`, () => container.remove({ force: true }));
	const library = PLACES.find((_, index) => found[index] !== null);
	if (library === undefined) return null;
	return {
		environment: {
			LD_PRELOAD: library,
			FAKETIME_TIMESTAMP_FILE: `${dataPath}/${FILE}`,
			FAKETIME_NO_CACHE: "1",
			FAKETIME_DONT_FAKE_MONOTONIC: "1",
		},
		file: FILE,
	};
}

/** The file's content: seconds to add, and how much faster the clock runs. */
export function faketimeText({ offsetMs, drift }: { offsetMs: number; drift: number }): string {
	const seconds = offsetMs / MS_PER_SECOND;
	const sign = seconds < 0 ? "" : "+";
	return drift === 0 ? `${sign}${seconds}\n` : `${sign}${seconds} x${1 + drift}\n`;
}

/** As a node that skews its own clock answers. */
export async function answerOf(write: Promise<unknown>): Promise<Answer<null>> {
	try {
		await write;
		return { kind: "ok", value: null, text: "" };
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return { kind: "error", error: { code: "faketime", message, definite: false } };
	}
}
