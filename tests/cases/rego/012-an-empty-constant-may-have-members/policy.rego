package app

exempt := []

teams := {}

owners := set()

limits := {"memory": {}, "users": []}

roles.admin := {}

of(_) := []

is_exempt if {
	some user in exempt
	user == input.user
}

is_exempt if exempt[_] == input.user

is_exempt if exempt[0] == input.user

is_exempt if of(input)[_] == input.user

owns if {
	some team, owner in teams
	startswith(owner, team)
}

owns if teams[input.namespace].owner == input.user

owns if owners[input.user]

owns if roles.admin.users[_] == input.user

within if limits.memory[input.namespace] > 3

within if {
	users := limits.users
	startswith(users[_], "a")
}

within if {
	[first] = limits.users
	first == input.user
}

none if every user in exempt { user.name == input.user }
