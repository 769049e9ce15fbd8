import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { propertiesDocument } from "./print-properties.ts";

it("keeps docs/properties.md as the declarations have it", async () => {
	const file = new URL("../docs/properties.md", import.meta.url);
	expect(await readFile(file, "utf8")).toBe(propertiesDocument());
});
