/**
 * The types that a scenario may name and the operations of each, for the parser's checks: what is built in, and what
 * the contracts promise but is not built in yet. The latter parse, validate, and may be claimed by a program of the
 * user's; the controller refuses them by name where it would have to bring the replica itself.
 */
import { builtIn, builtInNames } from "../nodes/registry.ts";

const PROMISED: Record<string, string[]> = {
	list: ["insert", "delete", "read"],
	tree: ["move", "read"],
	json: ["set", "delete", "insert", "increment", "read"],
};

export function knownTypes(): Map<string, { operations: string[] }> {
	const types = new Map(Object.entries(PROMISED).map(([name, operations]) => [name, { operations }]));
	for (const name of builtInNames()) {
		types.set(name, { operations: Object.keys(builtIn(name)?.operations ?? {}) });
	}
	return types;
}
