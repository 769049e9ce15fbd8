/** Writes small histories by hand: each call appends events; indexes and times follow. For tests only. */
import type {
	Delivered,
	EndReason,
	HistoryEvent,
	HistoryHeader,
	Json,
	Manifest,
	UnrecordedEvent,
} from "../../history/events.ts";

const STEP_NS = 1_000_000;

export interface Done {
	update?: string;
	delivered?: Delivered;
	result?: Json;
}

export class HistoryBuilder {
	readonly header: HistoryHeader;
	readonly events: HistoryEvent[] = [];
	#operations = 0;

	constructor(type: string | null, replicas = ["r1", "r2"], delivers?: Manifest) {
		this.header = {
			pakka: 1,
			scenario: "by-hand",
			seed: 0,
			type,
			replicas,
			runtime: "sim",
			startedAt: "1970-01-01T00:00:00.000Z",
			...(delivers !== undefined && { delivers }),
		};
	}

	push(event: UnrecordedEvent extends infer E ? (E extends unknown ? Omit<E, "time"> : never) : never): this {
		const index = this.events.length;
		this.events.push({ index, time: index * STEP_NS, ...event });
		return this;
	}

	invoke(replica: string, f: string, value: Json, id = `c-${this.#operations++}`): this {
		return this.push({ event: "invoke", process: 0, replica, id, f, value });
	}

	ok(replica: string, f: string, value: Json, done: Done = {}): this {
		const id = `c-${this.#operations++}`;
		this.invoke(replica, f, value, id);
		return this.push({ event: "ok", process: 0, replica, id, f, value, ...done });
	}

	notOk(kind: "fail" | "info", replica: string, f: string, value: Json, code = "timeout"): this {
		const id = `c-${this.#operations++}`;
		this.invoke(replica, f, value, id);
		return this.push({ event: kind, process: 0, replica, id, f, value, error: { code, message: code } });
	}

	/** A read whose value is the replica's view. */
	read(replica: string, view: Json, delivered: Delivered): this {
		const id = `c-${this.#operations++}`;
		this.invoke(replica, "read", null, id);
		return this.push({ event: "ok", process: 0, replica, id, f: "read", value: view, delivered });
	}

	state(replica: string, view: Json, delivered?: Delivered, final = false): this {
		return this.push({ event: "state", replica, view, final, ...(delivered !== undefined && { delivered }) });
	}

	/** All replicas end with this view and this delivered set. */
	finals(view: Json, delivered?: Delivered): this {
		for (const replica of this.header.replicas) this.state(replica, view, delivered, true);
		return this;
	}

	crash(replica: string, disk: "keep" | "lose" = "keep"): this {
		this.push({ event: "fault", fault: { crash: replica, disk }, phase: "start" });
		return this.push({ event: "fault", fault: { crash: replica, disk }, phase: "end" });
	}

	end(reason: EndReason = "settled"): this {
		return this.push({ event: "end", reason });
	}
}
