/** A view as the page compares and shows it: equal by the checker's canonical form, sets in one fixed order. */
import { canonical, isSetLike } from "../checker/canonical.ts";
import type { Json } from "../history/events.ts";

export interface ViewForm {
	/** The same for views that are equal. */
	key: string;
	/** JSON for people and for the structural diff. */
	text(): string;
}

export function viewFormOf(type: string | null): (view: Json) => ViewForm {
	const setLike = isSetLike(type);
	return (view) => ({
		key: canonical(view, setLike),
		text: () => JSON.stringify(setLike && Array.isArray(view) ? sorted(view) : view),
	});
}

function sorted(members: Json[]): Json[] {
	return members
		.map((member) => ({ member, key: canonical(member) }))
		.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
		.map(({ member }) => member);
}
