/**
 * The events of a recorded run: one JSON object a line in `history.jsonl`, in the order in which they were
 * recorded. `index` is dense and starts at 0; `time` is nanoseconds since the start of the run. Events that the
 * harness learns of late (deliveries, read from a replica's journal) carry the time at which they happened, so
 * `time` may step back where `index` steps on; readers that need time order sort by it.
 *
 * `event`, `process`, `f` and `value` are Jepsen's words, so that its histories convert line by line.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `"r1:5"`: the fifth update that r1 accepted from a client. */
export type UpdateId = string;

/**
 * What a replica has delivered, by the replica that accepted the update: `5` means updates 1 to 5,
 * `[[1, 3], [5, 5]]` names the runs where there are gaps. A replica that is not named has 0.
 */
export type Delivered = Record<string, number | [first: number, last: number][]>;

/** What a replica claims to withstand. Faults beyond it are the harness's mistake, never the replica's. */
export interface Manifest {
	order: "any" | "fifo" | "causal";
	/** It may be handed the same message twice. */
	duplicates: boolean;
	/** An acknowledged update survives a crash that keeps the disk. */
	durable: boolean;
	/**
	 * It shows an update only together with all that its origin had delivered when it accepted it. A promise, not a need: where
	 * it is made, it is judged. Default: not promised.
	 */
	causal?: boolean;
}

/** First line of the file. */
export interface HistoryHeader {
	pakka: 1;
	scenario: string;
	seed: number;
	/** The type whose specification judges the views; null: none is known, only agreement is judged. */
	type: string | null;
	replicas: string[];
	runtime: "sim" | "process" | "docker" | (string & {});
	/** ISO 8601; the epoch in `sim`. */
	startedAt: string;
	delivers?: Manifest;
	/** Handed to the replicas; a specification may depend on them. */
	options?: Record<string, Json>;
}

interface Recorded {
	index: number;
	time: number;
}

interface OfOperation extends Recorded {
	/** The client's number as in Jepsen: after an `info` it is never used again. */
	process: number;
	replica: string;
	/** Unique in the history: `c1-17` is client 1's operation 17. */
	id: string;
	f: string;
	value: Json;
}

export interface InvokeEvent extends OfOperation {
	event: "invoke";
}

/** It happened. For a `read`, `value` is what was read. */
export interface OkEvent extends OfOperation {
	event: "ok";
	/** What the replica replied to an update, where it replied anything (for a `read` that is `value`). */
	result?: Json;
	update?: UpdateId;
	/** What the replica had delivered when it executed the operation, this update included. */
	delivered?: Delivered;
}

export interface OperationError {
	code: string;
	message: string;
}

/** It surely did not happen. */
export interface FailEvent extends OfOperation {
	event: "fail";
	error: OperationError;
}

/** It may have happened, or may yet happen. */
export interface InfoEvent extends OfOperation {
	event: "info";
	error: OperationError;
}

export type CompletionEvent = OkEvent | FailEvent | InfoEvent;

export interface FaultEvent extends Recorded {
	event: "fault";
	/** The fault as in the scenario file, without its times, e.g. `{"partition":"halves"}`. */
	fault: Record<string, Json>;
	phase: "start" | "end";
	/** Which entry of the schedule: the same number at start and end. */
	number?: number;
	/** Replicas and links that it touched: replica ids, and links as `r1->r2`. */
	touches?: string[];
}

/** An update took effect at a replica (not the mere receipt of a message). */
export interface DeliverEvent extends Recorded {
	event: "deliver";
	replica: string;
	update: UpdateId;
}

/** An observation of a replica, read in one piece. `view` is in the canonical encoding of views. */
export interface StateEvent extends Recorded {
	event: "state";
	replica: string;
	view: Json;
	delivered?: Delivered;
	pending?: number;
	final: boolean;
	/** The view is that of a copy of the replica's state after save and load; such a state is never final. */
	reloaded?: true;
}

/** Life of a node and what the harness noticed about it. */
export interface NodeEvent extends Recorded {
	event: "node";
	replica: string;
	what:
		| "started"
		| "ready"
		| "crashed"
		| "exited"
		/** A container ended because it had no memory left. */
		| "oom-killed"
		/** Asked to end by the schedule, with a grace. */
		| "stopped"
		| "paused"
		| "resumed"
		| "unhealthy"
		| "garbage"
		| "log-flood"
		| "unreachable";
	/** Counts the starts of this node, from 0. */
	incarnation?: number;
	detail?: string;
}

/** What the harness did beyond the schedule, e.g. a stuck proxy that it re-created. */
export interface NoteEvent extends Recorded {
	event: "note";
	what: string;
	detail?: Json;
}

/** The named switch from faults to healing: workload over, faults over, the network healed, then settling. */
export interface PhaseEvent extends Recorded {
	event: "phase";
	phase: "workload" | "heal" | "settle" | "final";
}

export type EndReason =
	/** Delivered sets equal (or unknown) and views stable. */
	| "settled"
	/** Delivered sets differ and nothing moved for the stall window: nothing more will come. */
	| "stalled"
	/** The bound was reached while something still moved. */
	| "still-moving"
	/** A replica could not be read. */
	| "unreadable"
	| "interrupted"
	| "harness-error";

/** Last line. A history without it was cut off, and is never a pass. */
export interface EndEvent extends Recorded {
	event: "end";
	reason: EndReason;
	detail?: string;
}

export type HistoryEvent =
	| InvokeEvent
	| OkEvent
	| FailEvent
	| InfoEvent
	| FaultEvent
	| DeliverEvent
	| StateEvent
	| NodeEvent
	| NoteEvent
	| PhaseEvent
	| EndEvent;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** An event before it is recorded: the writer numbers it. */
export type UnrecordedEvent = DistributiveOmit<HistoryEvent, "index">;

/**
 * A line of `journal.jsonl`, beside the history: one message between replicas, as its receiver saw it. Only
 * replicas made with the SDK report them; protocol chatter (acknowledgements, digests) is left out.
 */
export interface MessageRecord {
	event: "message";
	from: string;
	to: string;
	/** Of this link and sender's incarnation, from 1. */
	sequence: number;
	lane: number;
	/** Nanoseconds since the start of the run. */
	sentAt: number;
	receivedAt: number;
	/** A message with a higher sequence of the same link came before it. */
	overtaken: boolean;
	duplicate: boolean;
	label: string;
}
