/** What a run is asked for, and what it leaves, whatever its runtime. */
import type { EndReason } from "../history/events.ts";
import type { RuntimeName } from "../scenarios/scenario.ts";
import type { Progress } from "./progress.ts";

export interface RunOptions {
	runtime: RuntimeName;
	/** Where the run's folder is made. */
	outDir: string;
	/** Aborted: the run ends at once with what there is (`interrupted`), and everything is cleaned up. */
	signal?: AbortSignal;
	onProgress?(progress: Progress): void;
}

export interface RunOutcome {
	/** Absolute. */
	folder: string;
	historyPath: string;
	journalPath: string;
	endReason: EndReason;
	endDetail?: string;
	/** Null where there is none: in `sim`. */
	toxiproxy: { kind: string; version: string } | null;
}

export interface End {
	reason: EndReason;
	detail?: string;
}
