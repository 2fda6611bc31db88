package app

allow if input.user.nmae == "root"
