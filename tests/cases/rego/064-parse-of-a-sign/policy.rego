package a

p := 2 * -input.x
