subprocess.run(["pave"], timeout=60)
subprocess.run(["pave"], timeout=600)
process.wait(20)
news.wait(1)  # limit: a poll a second
client.get("?timeout=10s")
