/** What a check asks for, in the words of a list. */
const names: Record<string, string> = {
	owner: "No owner that exists",
	relation: "Relates to what does not exist",
	runbook: "No runbook",
	docs: "No documentation",
	description: "No description",
	source: "No source location",
	deployment: "Not known where it runs",
	lifecycle: "No lifecycle",
	system: "No system",
	cost: "No cost label",
	elsewhere: "Text on another host",
};

export function checkName(check: string): string {
	return names[check] ?? check;
}
