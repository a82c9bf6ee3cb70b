# Changes how names are looked up by the next call.
# layers: NS
# rows: 8
# expect: refused EROFS
# control: refused because the files are not the server's on a sound host

attack(lambda: open("/etc/hosts", "a").write("1.2.3.4 server\n"))
