/** What the replicas of a scenario, or of a history's type, say of themselves: their definition's invariants and specification. */
import type { Application } from "../checker/index.ts";
import { loadDefinition } from "../controller/definition.ts";
import { builtIn, builtInNames } from "../nodes/registry.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** A program that claims a type is judged by what that type's definition says. */
export async function applicationOf({ replicas }: Scenario): Promise<Application> {
	const { source, type } = replicas;
	if (source.kind === "built-in" || source.kind === "module")
		return declarationsOf(await loadDefinition(source));
	return applicationNamed(type);
}

/** By the name that it is registered under, else by the type that its histories carry. */
export function applicationNamed(type: string | null): Application {
	if (type === null) return {};
	const named =
		builtIn(type) ??
		builtInNames()
			.map(builtIn)
			.find((definition) => definition?.type === type);
	return named === undefined ? {} : declarationsOf(named);
}

export function declarationsOf({ invariants, specification }: Application): Application {
	return {
		...(invariants !== undefined && { invariants }),
		...(specification !== undefined && { specification }),
	};
}
