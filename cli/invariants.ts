/** Invariants of a scenario's, loaded; what is wrong with them is the user's mistake. */
import type { DeclaredInvariant } from "../checker/index.ts";
import { InvariantError, loadInvariants as load } from "../controller/invariants.ts";
import type { InvariantSource } from "../scenarios/scenario.ts";
import { UsageError } from "./exit-codes.ts";

/**
 * @param sources by invariant name; paths are absolute
 * @throws UsageError when a module can't be loaded or exports no function
 */
export async function loadInvariants(
	sources: Record<string, InvariantSource>,
): Promise<Record<string, DeclaredInvariant>> {
	try {
		return await load(sources);
	} catch (error) {
		throw error instanceof InvariantError ? new UsageError(error.message) : error;
	}
}
