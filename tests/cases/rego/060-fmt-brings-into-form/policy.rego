# METADATA
# title: An application



package   app.rules
import data.zebra   # the last one
import data.apple
import data.common.labels as lbl

import rego.v1

default allow=false
allow if {
  input.user=="root" ; input.path[_] ==  "x"
  # about the next line
  some role   in data.roles[ input.user ]   # behind it


  not role["disabled"]
  role["not-a-name"] != `raw`
}
allow if input.admin
deny contains msg if { some i; x := input.items[i]
  msg := sprintf( "%s %d",[ x.name,
    x.count ] )
}
deny contains "closed" if not is_open

is_open if {true} else := false if { input.shut } 
else := "maybe"

sizes := { "small":1, "large" :
   2 ,
   # huge ones are rare
   "huge": 3 # but they are
}
f( x ,y ) := (x+1) * y if x>0
f(x, y) := x+1*y if { every v in [x,y] { v<=0 ; is_number(v) } }
pairs[k] := {v | v := input.pairs[k][_]; v>1}
p if { count(input.x)==1 with input as {"x":1} with data.y
  as 2
}
one if true
limit["in"].hard := -1
names := [ concat( "/" , [ ns,name ] ) | ns := input.ns ; name := input.names[_] ]
t := $"{input.name} is  {1+1}"
# the end
