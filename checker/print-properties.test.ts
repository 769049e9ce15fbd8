import { expect, it } from "vitest";
import { propertiesDocument } from "./print-properties.ts";

it("keeps docs/properties.md as the declarations have it", async () => {
	await expect(propertiesDocument()).toMatchFileSnapshot("../docs/properties.md");
});
