package a
p[x] { x := input.xs[_]; not q[x] }
q["k"] = v { v = {"a": [1, 2.5e3], "b": `raw`} }
r = f(1) { true } { false }
f(x) = 1 { x == 1 } else = 2 { x > 1 }
