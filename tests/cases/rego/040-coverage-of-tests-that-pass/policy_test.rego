package app_test

import data.app

test_root if app.allow with input as {"user": "root"}

test_guest if not app.allow with input as {"user": "nobody"}
