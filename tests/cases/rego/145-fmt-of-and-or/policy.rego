package app
import future.keywords.and
import future.keywords.not
import future.keywords.or

p if { (input.a == 1)   or (input.b) }
q if { (input.a or input.b) or input.c; input.a or (input.b or input.c) }
r if { input.a or (input.b and input.c); (input.a or input.b) and (input.c) }
s if { not ( input.a or input.b ); not {input.a;input.b} }
t if {
	input.a and input.b or
	# why
	input.c and
	input.d
	{ input.a; input.b } or {
		input.c
		input.d }
}
u if input.a
or input.b with input.a as 1
v if {
	(input.a or
		input.b)
	input.c and input.d with input.a as [
		1,
	]
	input.e
}
w if {
	({1, 2} == input.a) or input.b
	input.b and ({"a": 1}[input.c])
	not ({1} == input.d)
}
