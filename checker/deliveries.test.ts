/** Deliveries in columns come back as they were told. */
import { expect, it } from "vitest";
import { Deliveries } from "./deliveries.ts";

const told = [
	{ index: 3, time: 1.5, replica: "r1", update: "r2:1" },
	{ index: 4, time: 2, replica: "r2", update: "r2:1" },
	{ index: 9, time: 2, replica: "r1", update: "r3:7" },
];

function deliveries(): Deliveries {
	const columns = new Deliveries();
	for (const delivery of told) columns.add(delivery);
	return columns;
}

it("gives all of them in the order of the history", () => {
	expect([...deliveries()]).toEqual(told);
	expect(deliveries()).toHaveLength(3);
});

it("gives those of some updates at some replicas", () => {
	expect(deliveries().of(new Set(["r2:1"]), ["r1", "r3"])).toEqual([told[0]]);
	expect(deliveries().of(new Set(["r2:1", "r3:7"]), ["r1"])).toEqual([told[0], told[2]]);
	expect(deliveries().of(new Set(), ["r1"])).toEqual([]);
});
