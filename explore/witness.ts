/**
 * Writes the history of one play, event by event, as the simulator would have written it: what the ordinary checker judges. The
 * schedule is the same, and so is what it showed; nothing is played anew.
 *
 * Deliveries and messages are left out: no property asks for them.
 */
import type { CheckableHistory } from "../checker/index.ts";
import { completionOf } from "../controller/clients.ts";
import { encodeView } from "../controller/definition.ts";
import type { UntimedEvent } from "../controller/recorder.ts";
import type {
	DeliveredJson,
	DiskFate,
	Operation,
	ReplicaDefinition,
	Reply,
} from "../controller/runtimes/sim/cluster.ts";
import { EPOCH } from "../controller/runtimes/sim/simulate.ts";
import type { Final } from "./judge.ts";

/** Told by `play.ts` of all that a history holds. Times are virtual, in milliseconds; replicas are given by index. */
export interface Witness {
	/** @param reply the error where the replica threw; null: it was killed before it could answer */
	invoked(
		atMs: number,
		index: number,
		operation: Operation,
		reply: Reply | Error | null,
		delivered: Delivered,
	): void;
	shown(atMs: number, index: number, view: unknown, delivered: Delivered): void;
	crashed(atMs: number, index: number, disk: DiskFate): void;
	/** It runs again. */
	started(atMs: number, index: number): void;
	threw(atMs: number, index: number, error: unknown): void;
	/** A copy shows something else after save and load. */
	reloaded(atMs: number, index: number, view: unknown, delivered: Delivered): void;
	ended(atMs: number, finals: readonly (Final | null)[], how: Ending): void;
}

export type Ending = "settled" | "stalled" | "still-moving";

type Delivered = DeliveredJson | undefined;
type HistoryEvent = CheckableHistory["events"] extends infer E
	? E extends Iterable<infer One>
		? One
		: never
	: never;

export interface HistoryOfPlay {
	readonly witness: Witness;
	/** Complete once the play has ended. */
	readonly history: { header: CheckableHistory["header"]; events: HistoryEvent[] };
}

const NS_PER_MS = 1_000_000;

export function createHistoryOfPlay(
	definition: ReplicaDefinition & { seed?: number },
	type: string,
	ids: readonly string[],
	options: ReplicaOptions,
): HistoryOfPlay {
	const events: HistoryEvent[] = [];
	const record = (atMs: number, event: UntimedEvent): void => {
		events.push({ ...event, index: events.length, time: atMs * NS_PER_MS });
	};
	const nameOf = (index: number): string => ids[index] as string;
	/** What each replica showed last. */
	const latest: ({ view: unknown; delivered: Delivered } | undefined)[] = [];
	/** Of each replica's client. */
	const processes = ids.map((_, index) => index);
	const down = new Map<number, DiskFate>();
	record(0, { event: "phase", phase: "workload" });

	const recordState = (
		atMs: number,
		index: number,
		{ view, delivered }: Final,
		kind: "" | "final" | "reloaded",
	): void =>
		record(atMs, {
			event: "state",
			replica: nameOf(index),
			view: encodeView(view),
			...(delivered !== undefined && { delivered }),
			final: kind === "final",
			...(kind === "reloaded" && { reloaded: true as const }),
		});

	const witness: Witness = {
		invoked(atMs, index, operation, reply, delivered) {
			const { id, f, value } = operation;
			const process = processes[index] as number;
			const replica = nameOf(index);
			record(atMs, { event: "invoke", process, replica, id, f, value });
			const isQuery = f === "read" || definition.operations[f]?.kind === "query";
			const completion = completionOf(answerOf(reply, delivered), { value, replica }, isQuery);
			record(atMs, { ...completion, process, replica, id, f });
			if (completion.event === "info") processes[index] = process + ids.length;
		},
		shown(atMs, index, view, delivered) {
			const before = latest[index];
			if (before !== undefined && before.delivered === delivered && before.view === view) return;
			latest[index] = { view, delivered };
			recordState(atMs, index, { view, delivered }, "");
		},
		crashed(atMs, index, disk) {
			down.set(index, disk);
			record(atMs, { event: "fault", fault: { crash: nameOf(index), disk }, phase: "start" });
		},
		started(atMs, index) {
			const disk = down.get(index) ?? "keep";
			down.delete(index);
			latest[index] = undefined;
			record(atMs, { event: "fault", fault: { crash: nameOf(index), disk }, phase: "end" });
		},
		threw(atMs, index, error) {
			const detail = error instanceof Error ? error.message : String(error);
			record(atMs, { event: "node", replica: nameOf(index), what: "exited", incarnation: 0, detail });
		},
		reloaded: (atMs, index, view, delivered) => recordState(atMs, index, { view, delivered }, "reloaded"),
		ended(atMs, finals, how) {
			for (const phase of ["heal", "settle", "final"] as const) record(atMs, { event: "phase", phase });
			for (const [index, final] of finals.entries())
				if (final !== null) recordState(atMs, index, final, "final");
			const unreadable = finals.includes(null);
			record(atMs, { event: "end", reason: unreadable ? "unreadable" : how });
		},
	};
	const header: CheckableHistory["header"] = {
		pakka: 1,
		scenario: "",
		seed: definition.seed ?? 0,
		type,
		replicas: [...ids],
		runtime: "sim",
		startedAt: EPOCH.toISOString(),
		delivers: definition.delivers,
		options,
	};
	return { witness, history: { header, events } };
}

type ReplicaOptions = NonNullable<CheckableHistory["header"]["options"]>;

function answerOf(reply: Reply | Error | null, delivered: Delivered): Parameters<typeof completionOf>[0] {
	if (reply === null) {
		const message = "the replica was killed in mid-write: connection reset";
		return { kind: "error", error: { code: "ECONNRESET", message, definite: false } };
	}
	if (reply instanceof Error) {
		return { kind: "error", error: { code: "replica-threw", message: reply.message, definite: false } };
	}
	if (!reply.ok)
		return { kind: "error", error: { code: reply.code, message: reply.message, definite: true } };
	return {
		kind: "ok",
		value: {
			...(reply.value !== undefined && { value: encodeView(reply.value) }),
			...(reply.update !== undefined && { update: reply.update }),
			...(delivered !== undefined && { delivered }),
		},
		text: "",
	};
}
