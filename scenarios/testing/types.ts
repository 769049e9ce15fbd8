/** The types that the tests of this room pass to the parser; the real ones come from `nodes/registry.ts`. */
import type { KnownTypes } from "../cross-check.ts";

export const testTypes: KnownTypes = new Map(
	Object.entries({
		"g-counter": { operations: ["add", "read"] },
		"pn-counter": { operations: ["add", "read"] },
		"delta-pn-counter": { operations: ["add", "read"] },
		"g-set": { operations: ["add", "read"] },
		"two-phase-set": { operations: ["add", "remove", "read"] },
		"or-set": { operations: ["add", "remove", "read"] },
		"delta-or-set": { operations: ["add", "remove", "read"] },
		"rw-set": { operations: ["add", "remove", "read"] },
		"lww-register": { operations: ["write", "read"] },
		"mv-register": { operations: ["write", "read"] },
		"lww-map": { operations: ["set", "delete", "read"] },
		"or-map": { operations: ["set", "delete", "read"] },
		text: { operations: ["insert", "delete", "read"] },
		"yjs/map": { operations: ["set", "delete", "read"] },
		"yjs/list": { operations: ["insert", "delete", "read"] },
		"specimen/pn-counter-no-dedupe": { operations: ["add", "read"] },
		"specimen/or-set-no-tombstone": { operations: ["add", "remove", "read"] },
		"specimen/lww-register-tie-keeps-local": { operations: ["write", "read"] },
		"specimen/log-ack-before-sync": { operations: ["add", "read"] },
	}),
);
