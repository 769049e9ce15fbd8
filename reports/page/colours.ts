/**
 * Colours that carry data. Replicas: Okabe and Ito's eight in their order, black and yellow shifted to stand out on
 * the ground. Views: a sequence of their own. Both by theme; chrome comes from the style sheet.
 */
import { VIEW_SLOTS } from "./view-slots.ts";

const REPLICAS_LIGHT = [
	"#000000",
	"#c98600",
	"#2f9bd8",
	"#009e73",
	"#b3a300",
	"#0072b2",
	"#d55e00",
	"#b8578e",
];
const REPLICAS_DARK = [
	"#f2f2f2",
	"#e69f00",
	"#56b4e9",
	"#1fbf92",
	"#f0e442",
	"#4a9fe0",
	"#ee7b30",
	"#dd93bb",
];
const BEYOND_LIGHT = "#6b6b6b";
const BEYOND_DARK = "#a0a0a0";

const VIEWS_LIGHT = [
	"#5b4bb5",
	"#3fa796",
	"#a8a23a",
	"#84c5e6",
	"#8e3a6b",
	"#2a7d4a",
	"#d9c470",
	"#b765b0",
	"#6d8fb3",
	"#a87d62",
];
const VIEWS_DARK = [
	"#8f84e0",
	"#4fbfae",
	"#b9b34e",
	"#9ad3ef",
	"#c46a9a",
	"#55b077",
	"#e2cf85",
	"#cd86c7",
	"#8aa9ca",
	"#c39a80",
];

export interface Palette {
	replica(number: number): string;
	view(slot: number): string;
	ground: string;
	text: string;
	muted: string;
	line: string;
	band: string;
	panel: string;
	fail: string;
	past: string;
	future: string;
}

export function isDark(): boolean {
	return matchMedia("(prefers-color-scheme: dark)").matches && !matchMedia("print").matches;
}

export function palette(element: Element): Palette {
	const style = getComputedStyle(element);
	const of = (name: string): string => style.getPropertyValue(name).trim();
	const dark = isDark();
	const replicas = dark ? REPLICAS_DARK : REPLICAS_LIGHT;
	const views = dark ? VIEWS_DARK : VIEWS_LIGHT;
	return {
		replica: (number) => replicas[number] ?? (dark ? BEYOND_DARK : BEYOND_LIGHT),
		view: (slot) => views[slot % VIEW_SLOTS] as string,
		ground: of("--ground"),
		text: of("--text"),
		muted: of("--muted"),
		line: of("--line"),
		band: of("--band"),
		panel: of("--panel"),
		fail: of("--fail"),
		past: of("--past"),
		future: of("--future"),
	};
}

/** For elements: classes of the style sheet follow the theme by themselves. */
export function replicaClass(number: number): string {
	return `replica-${number >= 0 && number < REPLICAS_LIGHT.length ? number : "beyond"}`;
}
