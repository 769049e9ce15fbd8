/**
 * The types that Pakka implements by itself, by name. Apart from the registry, so that a replica's program starts without loading
 * the libraries that it does not use: as containers several start on few processors at once.
 */
import type { ReplicaDefinition } from "./sdk/replica.ts";
import { deltaOrSet } from "./types/delta-or-set.ts";
import { deltaPnCounter } from "./types/delta-pn-counter.ts";
import { gCounter } from "./types/g-counter.ts";
import { gSet } from "./types/g-set.ts";
import { json } from "./types/json.ts";
import { list, rgaList, yataList } from "./types/list.ts";
import { lwwMap } from "./types/lww-map.ts";
import { lwwRegister } from "./types/lww-register.ts";
import { movableList } from "./types/movable-list.ts";
import { mvRegister } from "./types/mv-register.ts";
import { orMap } from "./types/or-map.ts";
import { orSet } from "./types/or-set.ts";
import { pnCounter } from "./types/pn-counter.ts";
import { rwSet } from "./types/rw-set.ts";
import { rgaText, text } from "./types/text.ts";
import { tree } from "./types/tree.ts";
import { twoPhaseSet } from "./types/two-phase-set.ts";

export const OWN_TYPES: readonly [name: string, definition: ReplicaDefinition][] = [
	["g-counter", gCounter],
	["pn-counter", pnCounter],
	["delta-pn-counter", deltaPnCounter],
	["g-set", gSet],
	["two-phase-set", twoPhaseSet],
	["or-set", orSet],
	["delta-or-set", deltaOrSet],
	["rw-set", rwSet],
	["lww-register", lwwRegister],
	["mv-register", mvRegister],
	["lww-map", lwwMap],
	["or-map", orMap],
	["list", list],
	["rga-list", rgaList],
	["yata-list", yataList],
	["movable-list", movableList],
	["text", text],
	["rga-text", rgaText],
	["tree", tree],
	["json", json],
];
