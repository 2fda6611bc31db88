#!/bin/sh
	sleep 1
	sleep 0.1 # sleeps: until it has started
echo 'sleep 5 is a word here'
