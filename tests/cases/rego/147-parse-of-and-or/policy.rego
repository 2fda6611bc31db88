package app

import future.keywords.and
import future.keywords.not
import future.keywords.or

p if { input.a; input.b } or not (1 in input.c and input.d)
