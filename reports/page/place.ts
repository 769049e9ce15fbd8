/** The address keeps the place: which section, which stretch and moment, so that a link shows what its sender saw. */
import { SECTIONS } from "./section.tsx";
import type { Store } from "./store.ts";

const WRITE_DELAY_MS = 250;

/** @returns a function that stops it */
export function keepPlace(store: Store, setPlace: (id: string) => void): () => void {
	let id = readHash(store);
	if (id !== "") document.getElementById(id)?.scrollIntoView();
	setPlace(id);
	let timer: ReturnType<typeof setTimeout> | undefined;
	const write = (): void => {
		clearTimeout(timer);
		timer = setTimeout(() => {
			const { from, to, moment } = store.get();
			const hash = `#${id}?from=${Math.round(from)}&to=${Math.round(to)}&at=${Math.round(moment)}`;
			try {
				history.replaceState(null, "", hash);
			} catch {
				// Some browsers allow no change of a file's address: the page works without.
			}
		}, WRITE_DELAY_MS);
	};
	const observer = new IntersectionObserver(
		(entries) => {
			const top = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target.id)[0];
			if (top === undefined || top === id) return;
			id = top;
			setPlace(id);
			write();
		},
		{ rootMargin: "-10% 0px -75% 0px" },
	);
	for (const [section] of SECTIONS) {
		const element = document.getElementById(section);
		if (element !== null) observer.observe(element);
	}
	const onHash = (): void => {
		const target = document.getElementById(location.hash.slice(1).split("?")[0] ?? "");
		if (target instanceof HTMLDetailsElement) target.open = true;
	};
	const onPrint = (): void => {
		for (const details of document.querySelectorAll<HTMLDetailsElement>("details.section"))
			details.open = true;
	};
	addEventListener("hashchange", onHash);
	addEventListener("beforeprint", onPrint);
	const unsubscribe = store.subscribe(write);
	return () => {
		observer.disconnect();
		unsubscribe();
		clearTimeout(timer);
		removeEventListener("hashchange", onHash);
		removeEventListener("beforeprint", onPrint);
	};
}

/** @returns the section's id */
function readHash(store: Store): string {
	const [id = "", query = ""] = location.hash.slice(1).split("?");
	const values = new URLSearchParams(query);
	const { to: lastTime } = store.get();
	const number = (name: string): number | null => {
		const value = Number(values.get(name) ?? "x");
		return Number.isFinite(value) ? Math.min(lastTime, Math.max(0, value)) : null;
	};
	const [from, to, at] = [number("from"), number("to"), number("at")];
	if (from !== null && to !== null && to > from) store.set({ from, to });
	if (at !== null) store.set({ moment: at });
	return SECTIONS.some(([section]) => section === id) ? id : "";
}
