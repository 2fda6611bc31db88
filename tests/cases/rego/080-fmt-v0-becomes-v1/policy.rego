package old

violation[{"msg": msg,   "n":n}] {
 n := count(input.review.object.spec.containers) ; n>3
    msg=sprintf("%v containers", [n])
}
x = 1 { input.a } else = 2 { input.b }
ok { input.c } 
obj["key"] = v { v:=1 }
f(a)=b {b:=a}
