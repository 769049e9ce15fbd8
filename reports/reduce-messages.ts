/** The journal's messages into columns. Beyond a number they are only counted; the page says so. */
import type { MessageRecord } from "../history/events.ts";
import type { MessageColumns, PageModel } from "./page-model.ts";
import type { StringTable } from "./string-table.ts";
import { shortened } from "./visible.ts";

export const MAX_MESSAGES_IN_PAGE = 120_000;
const MAX_LABEL_LENGTH = 80;
const NANOSECONDS_PER_MICROSECOND = 1_000;

export interface MessageReduction {
	take(record: MessageRecord): void;
	finish(): { messages: MessageColumns; counts: Omit<PageModel["counts"], "events"> };
}

export function createMessageReduction(replicas: readonly string[], table: StringTable): MessageReduction {
	const replicaNumbers = new Map(replicas.map((name, number) => [name, number]));
	const rows: { from: number; to: number; sent: number; received: number; flags: number; label: number }[] =
		[];
	const counts = { messages: 0, overtaken: 0, duplicates: 0 };
	return {
		take(record) {
			counts.messages += 1;
			if (record.overtaken) counts.overtaken += 1;
			if (record.duplicate) counts.duplicates += 1;
			if (rows.length >= MAX_MESSAGES_IN_PAGE) return;
			rows.push({
				from: replicaNumbers.get(record.from) ?? -1,
				to: replicaNumbers.get(record.to) ?? -1,
				sent: Math.round(record.sentAt / NANOSECONDS_PER_MICROSECOND),
				received: Math.round(record.receivedAt / NANOSECONDS_PER_MICROSECOND),
				flags: (record.overtaken ? 1 : 0) + (record.duplicate ? 2 : 0),
				label: table.number(shortened(record.label, MAX_LABEL_LENGTH)),
			});
		},
		finish() {
			rows.sort((a, b) => a.sent - b.sent);
			return {
				counts,
				messages: {
					from: rows.map((row) => row.from),
					to: rows.map((row) => row.to),
					sent: rows.map((row) => row.sent),
					received: rows.map((row) => row.received),
					flags: rows.map((row) => row.flags),
					label: rows.map((row) => row.label),
				},
			};
		},
	};
}
