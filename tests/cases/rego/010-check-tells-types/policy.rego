package app

allow if startswith(input.name, 7)

deny contains msg if {
	msg := sprintf("%d", [count(input.items)])
	upper(count(msg)) == "A"
}

warn contains user.nmae if user := {"name": input.name}
