package p

items := [{"id": n % 4, "v": n} | some n in numbers.range(1, 12)]

by_id[id] := vs if {
	some id in [0, 1, 2, 3, 4]
	vs := [x.v | some x in items; x.id == id]
}

sums contains [id, n] if {
	some id in {x.id | some x in items}
	n := count({y | y := items[_].v; y % 4 == id})
}

f("a", _) := 1

f("b", x) := {k: w | some k in [1, 2]; w := x * k}

all := [f(n, 2) | some n in ["a", "b", "c"]]
