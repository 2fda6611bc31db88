package a.b

import data.lib as l

default p := false

p if {
	some i, x in input.xs
	not x.y == 1 with input.z as 2
	every k, v in {"a": 1} { v > 0; k != "" }
	y := [z | z := x[_]; z != $"{i} {x}"]
	count(y) > 0
} else := 3

q[k].r contains v if { k := "a"; v := {1, "b"}[_] }

f(x, [y, _]) := x + y
