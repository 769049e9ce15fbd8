/** Invariants of the user's: a module each, whose default export judges one view. */
import { createJiti } from "jiti";
import type { Json } from "../history/events.ts";
import { UsageError } from "./exit-codes.ts";

/** True: it holds. False, or a string that says how it is broken: it does not. */
export type Invariant = (view: Json, replica: string) => boolean | string;

/**
 * @param paths absolute module paths by invariant name
 * @throws UsageError when a module can't be loaded or exports no function
 */
export async function loadInvariants(paths: Record<string, string>): Promise<Record<string, Invariant>> {
	const jiti = createJiti(import.meta.url);
	const loaded: Record<string, Invariant> = {};
	for (const [name, path] of Object.entries(paths)) {
		loaded[name] = asInvariant(name, path, await importModule(jiti, name, path));
	}
	return loaded;
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
