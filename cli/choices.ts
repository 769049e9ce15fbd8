/**
 * What to choose for what: kinds of use, the type that fits, why, and what to mind, as data. `pakka choose` searches and prints it,
 * `docs/choose.md` is printed from it (`choices-document.ts`). Each type has a scenario in `scenarios/choose/` that looks like one of its uses.
 */
export interface Choice {
	/** What it is called where it is talked about. */
	name: string;
	/** What it is used for: in words that somebody would search for. */
	uses: readonly string[];
	why: string;
	/** Where the type is not what the use asks for. */
	mind: string;
	/** The types as scenarios name them, and a scenario of each, relative to the package. */
	tries: readonly { type: string; scenario: string }[];
}

/** Where no type fits that merges what replicas accepted by themselves. */
export interface Alternative {
	uses: readonly string[];
	why: string;
	instead: string;
	/** Something to run that shows it. */
	shown: { what: string; scenario: string } | null;
}

export const CHOICES: readonly Choice[] = [
	{
		name: "G-Counter",
		uses: [
			"page views",
			"video views",
			"likes and upvotes",
			"downloads",
			"counting requests for rate limiting",
		],
		why: "It only grows: each replica counts for itself, the sum is the same in every order, and nothing counts twice.",
		mind: "As a rate limit it is exceeded while replicas can't hear each other: each sees only a part of the requests.",
		tries: [own("g-counter")],
	},
	{
		name: "PN-Counter",
		uses: [
			"account balances",
			"inventory levels",
			"quantities of an article in a shopping cart",
			"counts of allocated resources",
		],
		why: "Increments and decrements are counted apart and their difference is shown, so all of them count, in any order.",
		mind: "It can go below zero: two replicas may both take the last one. Where that must not be: pakka choose strict stock.",
		tries: [own("pn-counter")],
	},
	{
		name: "G-Set",
		uses: [
			"permissions that are only granted",
			"tags",
			"feature flags that are only switched on",
			"event logs",
		],
		why: "Elements are only added, so a merge is their union, which no order and no repetition changes.",
		mind: "Nothing can ever be taken out. Events in it have no order but the one that they carry.",
		tries: [own("g-set")],
	},
	{
		name: "OR-Set",
		uses: [
			"shopping carts",
			"items of a shopping cart",
			"user preferences",
			"team memberships",
			"notification subscriptions",
			"wish lists",
		],
		why: "A remove takes away only the adds that it has seen: what somebody adds meanwhile stays.",
		mind: "Of an add and a remove at once the add wins. Where the remove must win, as in revoked permissions, take rw-set.",
		tries: [own("or-set")],
	},
	{
		name: "LWW-Register",
		uses: ["user profiles", "configuration settings", "status updates", "simple documents"],
		why: "It has one value, that of the latest write; what is latest, all replicas decide alike.",
		mind: "Of concurrent writes all but one are dropped in silence: two people who edit one document lose one's work.",
		tries: [own("lww-register")],
	},
	{
		name: "MV-Register",
		uses: [
			"conflicts of collaborative editing",
			"conflicts of configuration",
			"integration of several sources of data",
			"reconciliation of complex state",
		],
		why: "Concurrent writes are all kept, side by side, until somebody who has seen them writes what shall be.",
		mind: "Readers get several values, and the application or its user must settle which.",
		tries: [own("mv-register")],
	},
	{
		name: "Text (RGA, Yjs)",
		uses: [
			"collaborative documents",
			"shared code editor",
			"wiki pages",
			"chat with messages that are edited",
		],
		why: "Every character has a place of its own between others, so concurrent edits all stay, and in one order.",
		mind: "All read the same text; that it reads well where two rewrote one sentence, nothing can promise.",
		tries: [own("rga-text"), { type: "yjs/text", scenario: scenario("yjs-text") }],
	},
	{
		name: "JSON (Yjs, Automerge)",
		uses: [
			"configuration management",
			"user preferences",
			"state of an application",
			"document databases",
			"forms",
		],
		why: "Each field is merged by itself, so writers of different fields don't disturb each other.",
		mind: "Rules that span fields are not kept. The scenarios use one map of each library; nested documents are of our type json.",
		tries: [
			{ type: "yjs/map", scenario: scenario("yjs-map") },
			{ type: "automerge/map", scenario: scenario("automerge-map") },
		],
	},
];

export const ALTERNATIVES: readonly Alternative[] = [
	{
		uses: ["atomic transactions", "bank transfers", "financial transactions", "payments"],
		why: "A replica accepts one half without knowing whether the other half will be accepted elsewhere.",
		instead:
			"A transaction in a database that agrees first; or a saga, whose compensations undo what can't be finished.",
		shown: {
			what: "a saga of several orchestrators",
			scenario: "scenarios/library/system-saga.scenario.yaml",
		},
	},
	{
		uses: [
			"strict stock",
			"inventory with strict constraints",
			"stock that must not be oversold",
			"balances that must not be overdrawn",
			"seat reservations",
		],
		why: "Two replicas that both see the last one both sell it: a bound on a sum is not kept by merging.",
		instead:
			"Agreement before each sale; or escrow, where each replica sells only from a share that it was given.",
		shown: { what: "escrow on several chains", scenario: "scenarios/library/system-portfolio.scenario.yaml" },
	},
	{
		uses: ["a single writer"],
		why: "Nothing is concurrent, so there is nothing to merge, and its metadata are carried for nothing.",
		instead: "An ordinary database with replicas for reading.",
		shown: null,
	},
	{
		uses: ["strong ordering", "sequential workflows", "job queues", "consecutive invoice numbers"],
		why: "The order can change as long as updates are under way: nobody knows what the next one is.",
		instead: "A log with one leader at a time, or consensus.",
		shown: null,
	},
	{
		uses: ["business rules with dependencies", "unique user names", "references between records"],
		why: "A rule that a replica checks on what it sees can be broken by what it doesn't see yet.",
		instead: "Agreement where the rule is checked; types that converge for all that the rule doesn't touch.",
		shown: null,
	},
	{
		uses: ["authentication", "passwords and login sessions", "revoking access"],
		why: "What was revoked in one place stays valid in others until they hear of it, however long that takes.",
		instead: "One place that is asked each time, or tokens that expire soon.",
		shown: null,
	},
];

function own(type: string): { type: string; scenario: string } {
	return { type, scenario: scenario(type) };
}

function scenario(name: string): string {
	return `scenarios/choose/${name}.scenario.yaml`;
}
