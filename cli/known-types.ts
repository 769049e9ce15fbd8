/** The types that a scenario may name, the operations of each and its invariants, for the parser's checks: what is built in. */
import { builtIn, builtInNames } from "../nodes/registry.ts";

export function knownTypes(): Map<string, { operations: string[]; invariants: string[] }> {
	const types = new Map<string, { operations: string[]; invariants: string[] }>();
	for (const name of builtInNames()) {
		const { operations = {}, invariants = {} } = builtIn(name) ?? {};
		types.set(name, { operations: Object.keys(operations), invariants: Object.keys(invariants) });
	}
	return types;
}
