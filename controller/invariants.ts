/** Invariants of a scenario, to judge views with: modules, whose default export judges one view, and expressions. */
import { basename } from "node:path";
import { createJiti } from "jiti";
import type { DeclaredInvariant } from "../nodes/sdk/replica.ts";
import { compileExpression } from "../scenarios/expression.ts";
import type { InvariantSource } from "../scenarios/scenario.ts";

type Invariant = DeclaredInvariant["holds"];

/** A module can't be loaded or exports no function, or an expression is none. */
export class InvariantError extends Error {
	override readonly name = "InvariantError";
}

/**
 * @param sources by invariant name; paths are absolute
 * @throws InvariantError
 */
export async function loadInvariants(
	sources: Record<string, InvariantSource>,
): Promise<Record<string, DeclaredInvariant>> {
	const loaded: Record<string, DeclaredInvariant> = {};
	if (Object.keys(sources).length === 0) return loaded;
	const jiti = createJiti(import.meta.url);
	for (const [name, source] of Object.entries(sources)) {
		loaded[name] =
			"module" in source
				? {
						statement: `as ${basename(source.module)} says`,
						when: source.when,
						holds: asInvariant(name, source.module, await importModule(jiti, name, source.module)),
					}
				: { statement: source.expression, when: source.when, holds: ofExpression(name, source.expression) };
	}
	return loaded;
}

function ofExpression(name: string, text: string): Invariant {
	const compiled = compileExpression(text);
	if (!compiled.ok) throw new InvariantError(`invariants.${name}: ${compiled.message}`);
	return (view, replica) => compiled.holds(view, replica);
}

async function importModule(
	jiti: ReturnType<typeof createJiti>,
	name: string,
	path: string,
): Promise<unknown> {
	try {
		return await jiti.import(path);
	} catch (error) {
		throw new InvariantError(`invariants.${name}: ${path} can't be loaded: ${String(error)}`);
	}
}

function asInvariant(name: string, path: string, module: unknown): Invariant {
	const exported = module as { default?: unknown } & Record<string, unknown>;
	const candidate = exported[name] ?? exported.default;
	if (typeof candidate !== "function") {
		throw new InvariantError(
			`invariants.${name}: ${path} exports no function as "${name}" or by default; expected (view, replica) => boolean | string`,
		);
	}
	return candidate as Invariant;
}
