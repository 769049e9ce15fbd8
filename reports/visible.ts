/**
 * Makes text of untrusted origin legible: characters that are invisible or that reorder their surroundings
 * (controls, bidirectional overrides, zero-width, lone surrogates) are written as `\u{…}`. This is for people;
 * escaping for HTML, XML or Markdown comes after.
 */

// oxlint-disable-next-line no-control-regex -- controls are what it is about
const INVISIBLE =
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// oxlint-disable-next-line no-control-regex -- an ANSI sequence begins with a control
const ANSI_SEQUENCE = /\u001b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;

/** Line feeds and tabs stay. */
export function visible(text: string): string {
	return text.replace(INVISIBLE, (character) => `\\u{${character.charCodeAt(0).toString(16)}}`);
}

/** Colours and cursor movements of a terminal, removed. */
export function withoutAnsi(text: string): string {
	return text.replace(ANSI_SEQUENCE, "");
}

/** At most `limit` characters, an ellipsis included; never ends in half a surrogate pair. */
export function shortened(text: string, limit: number): string {
	if (text.length <= limit) return text;
	return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
