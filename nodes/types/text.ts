/** Text, which is Yjs' text; see `adapters/yjs.ts` and `adapters/kinds/text.ts`. */
import { yjsText } from "../adapters/yjs.ts";
import { library } from "../sdk/library.ts";
import type { ReplicaDefinition } from "../sdk/replica.ts";

export const text: ReplicaDefinition = library(yjsText);
