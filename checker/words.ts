/** How the checker's sentences write values, moments and lists: short, and bounded whatever replicas answer. */
import type { Json } from "../history/events.ts";

const MAX_VALUE_CHARACTERS = 80;
const MAX_VIEW_CHARACTERS = 4_000;
const MAX_LISTED = 8;

/** A value within a sentence. */
export function show(value: Json | undefined): string {
	const text = value === undefined ? "nothing" : JSON.stringify(value);
	return text.length <= MAX_VALUE_CHARACTERS ? text : `${text.slice(0, MAX_VALUE_CHARACTERS)}…`;
}

/** A view within evidence: whole where it is small, otherwise its beginning as a text that says so. */
export function boundedView(view: Json): Json {
	const text = JSON.stringify(view);
	if (text.length <= MAX_VIEW_CHARACTERS) return view;
	return `${text.slice(0, MAX_VIEW_CHARACTERS)}… (the first ${MAX_VIEW_CHARACTERS} of ${text.length} characters)`;
}

/** `4.203 s`, from nanoseconds since the start. */
export function moment(timeNs: number): string {
	return `${(timeNs / 1e9).toFixed(3)} s`;
}

/** `r1, r2 and r3`; long lists end in a count. */
export function list(items: readonly string[]): string {
	if (items.length > MAX_LISTED)
		return `${items.slice(0, MAX_LISTED).join(", ")} and ${items.length - MAX_LISTED} more`;
	if (items.length < 2) return items.join("");
	return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** `1 update`, `17 updates`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
	return `${number} ${number === 1 ? noun : plural}`;
}

/** A list within evidence, at most a few. */
export function few<T>(items: readonly T[]): T[] {
	return items.slice(0, MAX_LISTED);
}
