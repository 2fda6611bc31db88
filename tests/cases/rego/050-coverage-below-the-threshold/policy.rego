package app

default allow := false

allow if {
	input.user == "root"
}

allow if {
	input.user == "guest"
	input.action == "read"
}
