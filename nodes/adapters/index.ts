/** The libraries' replicas by the name under which a scenario asks for them: `<library>/<content>`. */
import { library } from "../sdk/library.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";
import { automerge } from "./automerge.ts";
import { collabs } from "./collabs.ts";
import { jsonJoy } from "./json-joy.ts";
import { loro } from "./loro.ts";
import { yjsList, yjsMap, yjsText } from "./yjs.ts";

const YJS = { text: library(yjsText), map: library(yjsMap), list: library(yjsList) };

export const LIBRARIES: readonly [name: string, definition: ReplicaDefinition][] = [
	...named("yjs", YJS),
	...named("automerge", automerge),
	...named("loro", loro),
	...named("json-joy", jsonJoy),
	...named("collabs", collabs),
];

function named(
	library: string,
	contents: Record<string, ReplicaDefinition>,
): [name: string, definition: ReplicaDefinition][] {
	return Object.entries(contents).map(([content, definition]) => [`${library}/${content}`, definition]);
}
