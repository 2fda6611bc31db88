package app

import future.keywords.and
import future.keywords.not
import future.keywords.or

or if input.age

either if input.user == "ann" or input.user == "bob"

both if input.user == "ann" and input.age > 18

closest if input.nope and input.user or input.age == 30

grouped if (input.nope or input.user) and input.age == 30

refused if (input.nope or input.gone) and input.age == 30

not_any if not (input.nope or input.gone)

not_first if not input.nope and input.user

right_not if input.nope or not input.gone

own_names if { x := input.age; x > 40 } or { x := input.age; x < 40 }

solved if { some group in input.groups; startswith(group, "dev") } or input.root

undefined_is_false if 1 / 0 or input.age

lazy if input.age or [1, 2][input.age] == input.nope

each contains x if {
	some x in [1, 2, 3]
	x == 1 or x == 3
}

later if {
	x == 30 or x == 40
	x = input.age
}

all if every x in [1, 2] { x == 1 or x == 2 }

listed := [x | some x in [1, 2, 3]; x > 2 or x < 2 and input.user]

with_both if input.nope or input.gone with input as {"gone": 1}

chosen := "first" if { input.nope or input.gone } else := "second" if input.age and input.user

untyped if count(7) or input.age
