package app

allow if input.x == 1
