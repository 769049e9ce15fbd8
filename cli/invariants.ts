/** Invariants of a scenario's: modules, whose default export judges one view, and expressions. */
import { createJiti } from "jiti";
import type { DeclaredInvariant, Invariant } from "../checker/index.ts";
import { compileExpression } from "../scenarios/expression.ts";
import type { InvariantSource } from "../scenarios/scenario.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * @param sources by invariant name; paths are absolute
 * @throws UsageError when a module can't be loaded or exports no function
 */
export async function loadInvariants(
	sources: Record<string, InvariantSource>,
): Promise<Record<string, DeclaredInvariant>> {
	const jiti = createJiti(import.meta.url);
	const loaded: Record<string, DeclaredInvariant> = {};
	for (const [name, source] of Object.entries(sources)) {
		loaded[name] =
			"module" in source
				? {
						when: source.when,
						holds: asInvariant(name, source.module, await importModule(jiti, name, source.module)),
					}
				: { when: source.when, statement: source.expression, holds: ofExpression(name, source.expression) };
	}
	return loaded;
}

function ofExpression(name: string, text: string): Invariant {
	const compiled = compileExpression(text);
	if (!compiled.ok) throw new UsageError(`invariants.${name}: ${compiled.message}`);
	return compiled.holds;
}

async function importModule(
	jiti: ReturnType<typeof createJiti>,
	name: string,
	path: string,
): Promise<unknown> {
	try {
		return await jiti.import(path);
	} catch (error) {
		throw new UsageError(`invariants.${name}: ${path} can't be loaded: ${String(error)}`);
	}
}

function asInvariant(name: string, path: string, module: unknown): Invariant {
	const exported = module as { default?: unknown } & Record<string, unknown>;
	const candidate = exported[name] ?? exported.default;
	if (typeof candidate !== "function") {
		throw new UsageError(
			`invariants.${name}: ${path} exports no function as "${name}" or by default; expected (view, replica) => boolean | string`,
		);
	}
	return candidate as Invariant;
}
