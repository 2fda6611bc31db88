package app

import future.keywords.and
import future.keywords.or

p if { x := 1 or x := 2 }

q if { x := 1 and input.a }

r if input.z[x] or input.y[x]

s if { x = input.a or input.b }
