package app

import data.unused

allow if startswith(input.name, 7)

deny contains msg if {
	msg := sprintf("%d", [count(input.items)])
	extra := 1
	upper(count(msg)) == "A"
}
