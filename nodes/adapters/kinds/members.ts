/** Reading the members of operations' values, which may be any JSON. */
import type { Json } from "../../sdk/replica.ts";

export function membersOf(value: Json): Record<string, Json | undefined> {
	return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** An index or a number of items. */
export function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
