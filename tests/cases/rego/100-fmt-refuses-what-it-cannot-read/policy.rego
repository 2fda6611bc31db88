package app

allow if {
