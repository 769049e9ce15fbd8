import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { placeOf } from "./place-of.ts";

describe("the place of a path", () => {
	it("is where its value stands, or what should contain it; unknown in programs and in files that are gone", async () => {
		const folder = await mkdtemp(join(tmpdir(), "pakka-place-test-"));
		try {
			const file = join(folder, "a.scenario.yaml");
			await writeFile(
				file,
				"name: a\nreplicas: { count: 2 }\nfaults:\n  - { at: 0s, pause: r1 }\n  - at: 1s\n    crash: r2\n",
			);
			expect(await placeOf(file, "faults[1].crash")).toEqual({ line: 6, column: 12 });
			expect(await placeOf(file, "faults[0].pause")).toEqual({ line: 4, column: 22 });
			expect(await placeOf(file, "replicas.type")).toEqual({ line: 2, column: 11 });
			const unknown = { line: null, column: null };
			expect(await placeOf(join(folder, "gone.yaml"), "faults")).toEqual(unknown);
			expect(await placeOf(join(folder, "a.scenario.ts"), "faults")).toEqual(unknown);
			expect(await placeOf(null, "faults")).toEqual(unknown);
		} finally {
			await rm(folder, { recursive: true });
		}
	});
});
