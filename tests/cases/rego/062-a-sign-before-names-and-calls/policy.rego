package a

p := -input.x

q := 2 * -count(input.xs) -1

r contains -y if {
	some y in input.xs
	z := -y in [-y, {-y: -  f(-y)}]
	z - -3 == y--3
}

f(x) := [-x | x == - 4]

g(x) := {-x: -x | x == 4}
