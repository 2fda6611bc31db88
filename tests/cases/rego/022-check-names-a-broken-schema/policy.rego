package app

allow if input.user == "root"
