/** What is wrong with a system as it is written: told in its as-written file, shown by a scenario of its own. */
export interface Flaw {
	name: string;
	/** That shows it. */
	property: string;
	/** In `scenarios/systems/`, by which `pakka explore` finds it. */
	scenario: string;
	how: string;
}
