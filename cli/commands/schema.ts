/** `pakka schema`: the JSON Schema of scenario files, for editors and other programs. */
import { jsonSchema } from "../../scenarios/index.ts";
import { EXIT } from "../exit-codes.ts";

export function schema(): number {
	process.stdout.write(`${JSON.stringify(jsonSchema(), null, "\t")}\n`);
	return EXIT.met;
}
