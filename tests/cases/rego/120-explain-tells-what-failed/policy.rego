package shop

default allow := false

allow if {
	some role in data.roles[input.user]
	role == "admin"
	not closed
}

closed if input.hour > 20

big contains x if {
	some x in input.sizes
	trace(sprintf("size %d", [x]))
	x > 3
}
