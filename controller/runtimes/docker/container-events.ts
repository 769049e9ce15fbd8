/**
 * The engine's own news of a run's containers: which ended, with what exit code, which ran out of memory. One stream for the
 * run; when it breaks, the engine is gone.
 */
import type { Readable } from "node:stream";
import type { Engine } from "./engine.ts";
import { RUN_LABEL } from "./labels.ts";

export interface ContainerEnd {
	exitCode: number;
	/** The kernel killed something in it for lack of memory. */
	outOfMemory: boolean;
}

export interface ContainerEvents extends AsyncDisposable {
	/** Resolves when the container ends. To be called before it is started. */
	endOf(containerId: string): Promise<ContainerEnd>;
	/** Resolves when the engine tells nothing any more. */
	readonly lost: Promise<Error>;
}

interface EngineEvent {
	Action?: string;
	Actor?: { ID?: string; Attributes?: Record<string, string> };
}

/** @throws EngineError */
export async function followEvents(engine: Engine, runId: string): Promise<ContainerEvents> {
	const waiting = new Map<string, (end: ContainerEnd) => void>();
	const outOfMemory = new Set<string>();
	let isOver = false;
	const label = [`${RUN_LABEL}=${runId}`];
	const stream = (await engine.call("follow events", (docker) =>
		docker.getEvents({ filters: { type: ["container"], event: ["die", "oom"], label } }),
	)) as unknown as Readable;

	function take(line: string): void {
		const { Action: action, Actor: actor } = readEvent(line);
		const id = actor?.ID ?? "";
		if (action === "oom") outOfMemory.add(id);
		if (action !== "die") return;
		waiting.get(id)?.({
			exitCode: Number(actor?.Attributes?.["exitCode"] ?? -1),
			outOfMemory: outOfMemory.has(id),
		});
		waiting.delete(id);
	}

	// A chunk may hold several events, or half of one.
	let rest = "";
	stream.setEncoding("utf8");
	stream.on("data", (chunk: string) => {
		const lines = (rest + chunk).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) if (line.trim() !== "") take(line);
	});
	const lost = new Promise<Error>((resolve) => {
		const end = (why: string) => {
			if (isOver) return;
			resolve(
				new Error(
					`the Docker engine at ${engine.address.url} stopped in mid-run (its stream of events ${why}). ` +
						'Start it again; the next run with --runtime docker, or "pakka clean", then removes what is left of this one.',
				),
			);
		};
		stream.on("error", (error) => end(`broke: ${error.message}`));
		stream.on("close", () => end("ended"));
	});
	return {
		endOf: (containerId) => new Promise((resolve) => waiting.set(containerId, resolve)),
		lost,
		async [Symbol.asyncDispose]() {
			isOver = true;
			stream.destroy();
		},
	};
}

function readEvent(line: string): EngineEvent {
	try {
		return JSON.parse(line) as EngineEvent;
	} catch {
		return {};
	}
}
