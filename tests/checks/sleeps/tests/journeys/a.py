#!/usr/bin/env python3
import time
time.sleep(1)
time.sleep(0.1)  # sleeps: until it has started
